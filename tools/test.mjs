// npm test [-- FILE…]: type check, lint, tests; the last line is `N passed, N failed[, N skipped]`.
import { provideClients } from './clients.mjs';
import { provideCluster } from './cluster.mjs';
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { countResults } from './results.mjs';
import { ensurePrograms } from './packages.mjs';
import { providePostgres } from './postgres.mjs';
import { findProgram, run, runTool, say, ToolError } from './run.mjs';
import { provideRegistry } from './registry.mjs';
import { provideSchemathesis } from './schemathesis.mjs';
import { provideTemporal } from './temporal.mjs';

async function prepare() {
  await ensureInstalled();
  await ensureBuilt();
  const code = await run(process.execPath, [findProgram('eslint'), '.']);
  if (code !== 0) throw new ToolError('ESLint found faults, see above.');
  await provideTemporal();
  await provideCluster();
  await provideRegistry();
  await provideClients();
  await ensurePrograms();
  await providePostgres();
  await provideSchemathesis();
}

/** Runs ava, passing its output on; answers its exit code and what it said. */
async function runAva(args) {
  let output = '';
  const keep = (chunk) => { process.stdout.write(chunk); output += chunk; };
  const onSpawn = (child) => { child.stdout.setEncoding('utf8').on('data', keep); };
  const colour = process.stdout.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: '1' } : {};
  const options = { env: { ...process.env, ...colour }, stdio: ['inherit', 'pipe', 'inherit'], onSpawn };
  const code = await run(process.execPath, [findProgram('ava'), ...args], options);
  return { code, output };
}

async function test() {
  try {
    await prepare();
  } catch (error) {
    await runTool(() => { throw error; });
    say('0 passed, 1 failed');
    return 1;
  }
  const { code, output } = await runAva(process.argv.slice(2));
  const { passed, failed, skipped } = countResults(output);
  // A run that ava calls failed without a count (no tests found, a file that does not load) is one failure.
  const faults = Math.max(failed, code === 0 && passed > 0 ? 0 : 1);
  say(`${passed} passed, ${faults} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return faults === 0 ? 0 : 1;
}

await runTool(test);
