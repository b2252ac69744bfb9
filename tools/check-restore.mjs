// npm run check:restore [-- CHAINS]: a hub with open chains is backed up while it runs, works on, is lost, is restored
// from the backup, and every chain completes. On SQLite, and on PostgreSQL where there is a server.
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { findProgram, run, runTool, ToolError } from './run.mjs';
import { provideTemporal } from './temporal.mjs';

await runTool(async () => {
  const chains = Number(process.argv[2] ?? 20);
  if (!(chains >= 1 && chains <= 500)) throw new ToolError('Write: npm run check:restore [-- CHAINS], 1 to 500');
  await ensureInstalled();
  await ensureBuilt();
  await provideTemporal();
  const env = { ...process.env, TEST_RESTORE_CHAINS: String(chains) };
  return run(process.execPath, [findProgram('ava'), '--serial', '--timeout=20m', 'dist/test/e2e/restore.test.js'], { env });
});
