// npm run check:postgres: the tests of the API on PostgreSQL, on a server of their own unless TEST_POSTGRES_URL names one.
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { providePostgres } from './postgres.mjs';
import { findProgram, run, runTool, ToolError } from './run.mjs';

await runTool(async () => {
  await ensureInstalled();
  await ensureBuilt();
  process.env.TEST_API_ENGINE = 'PostgreSQL';
  await providePostgres();
  if (!process.env.TEST_POSTGRES_URL) throw new ToolError('There is no PostgreSQL to test on.');
  return run(process.execPath, [findProgram('ava'), 'dist/test/api/*.test.js', 'dist/test/db/*.test.js']);
});
