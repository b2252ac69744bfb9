import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { ESLint } from 'eslint';

// Compiled tests lie in dist/test/.
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const eslint = new ESLint({ cwd: ROOT });

/** The rules of ours that a file at this path would break with this text. */
async function listBroken(path: string, text: string): Promise<string[]> {
  const results = await eslint.lintText(text, { filePath: join(ROOT, path) });
  const messages = results.flatMap(({ messages }) => messages);
  const fatal = messages.find((message) => message.fatal);
  if (fatal) throw new Error(`${path} could not be read: ${fatal.message}`);
  const rules = messages.map(({ ruleId }) => ruleId ?? '').filter((rule) => /no-restricted-(imports|properties)$/.test(rule));
  return [...new Set(rules)];
}

const importing = (module: string) => `import '${module}';\n`;

/** Who may import whom: per file, what it may and what it may not. */
const IMPORTS: readonly [file: string, allowed: readonly string[], forbidden: readonly string[]][] = [
  ['workflows/chain.ts', ['./contract.js', '@temporalio/workflow', '@temporalio/common'], [
    '../db/runs.js', '../api/errors.js', '../activities/index.js', '../activities/deliver.js', '../config.js', '../keys.js',
    '@temporalio/client', '@temporalio/worker', '@temporalio/activity', 'node:fs', 'fs', 'node:crypto', 'uuid', 'knex',
  ]],
  ['db/runs.ts', ['./ids.js', '../states.js', '../config.js', '../log.js', 'knex', 'node:fs'], [
    '../api/errors.js', '../api/schemas/runs.js', '../activities/deliver.js', '../workflows/contract.js', '../temporal/client.js', '../house.js', '../main.js',
  ]],
  ['api/app.ts', ['./errors.js', './routes/runs.js', '../db/runs.js', '../temporal/client.js', '../workflows/contract.js', '../keys.js', 'koa'], [
    '../activities/deliver.js', '../activities/index.js', '../workflows/chain.js', '../main.js', '../address/ranges.js',
  ]],
  ['api/routes/runs.ts', ['../errors.js', './chains.js', '../../db/runs.js', '../../workflows/contract.js'], [
    '../../activities/deliver.js', '../../workflows/chain.js', '../../workflows/details.js', '../../main.js',
  ]],
  ['api/schemas/runs.ts', ['./shapes.js', '../../states.js', '@sinclair/typebox'], [
    '../errors.js', '../hub.js',
    '../../db/runs.js', '../../config.js', '../../keys.js', '../../workflows/contract.js', '../../activities/deliver.js',
  ]],
  ['activities/deliver.ts', ['./close.js', '../db/runs.js', '../api/schemas/payload.js', '../workflows/contract.js', '../temporal/client.js'], [
    '../api/app.js', '../api/errors.js', '../api/routes/runs.js', '../workflows/chain.js', '../main.js',
  ]],
  ['registry/keys.ts', ['./token.js', '../db/runs.js', '../config.js', '../keys.js', 'jose', 'node:fs'], [
    '../api/errors.js', '../activities/deliver.js', '../workflows/contract.js', '../temporal/client.js', '../house.js', '../main.js',
  ]],
  ['metrics/collect.ts', ['./registry.js', 'prom-client'], ['../db/runs.js', '../config.js', '../log.js', '../api/errors.js', '../observe.js']],
  ['tracing/start.ts', ['./span.js', '@opentelemetry/api'], ['../db/runs.js', '../config.js', '../log.js', '../temporal/client.js']],
  ['observe.ts', ['./metrics.js', './tracing.js', './db/gauges.js'], ['./metrics/read.js', './tracing/start.js', './address/ranges.js', './config/watching.js']],
  ['metrics.ts', ['./metrics/read.js'], ['./tracing/start.js', './address/ranges.js']],
  ['db/measure.ts', ['../metrics.js', '../news.js', '../context.js'], ['../metrics/read.js', '../observe.js']],
  ['programs/find.ts', ['./build.js', '../log.js', 'node:fs'], ['../temporal/client.js', '../registry/keys.js', '../db/runs.js', '../config.js', '../main.js']],
  ['temporal/client.ts', ['./link.js', '../db/runs.js', '../workflows/contract.js', '../log.js'], [
    '../api/errors.js', '../activities/deliver.js', '../workflows/chain.js', '../main.js',
  ]],
  ['bench/slice.ts', ['./side.js', './floor/inspect.js', 'node:fs', 'undici'], [
    '../db/runs.js', '../temporal/client.js', '../config.js', '../main.js', '@temporalio/client', 'knex',
  ]],
  ['bench/floor/process.ts', ['./workflow.js', '../side.js', '@temporalio/worker'], ['../../temporal/client.js', '../../workflows/chain.js', '../../config.js']],
  ['web/api.ts', ['./types', 'preact'], ['../api/schemas/runs.js', '../states.js', '../db/runs.js', '../config.js', '../version.js']],
  ['web/pages/Run.tsx', ['../api', '../parts/Time', 'preact/hooks'], ['../../api/schemas/runs.js', '../../states.js', '../../workflows/contract.js']],
  ['bench/peer/process.ts', ['../chain.js', 'node:module'], ['../../activities/post.js', '../../config.js']],
];

for (const [file, allowed, forbidden] of IMPORTS) {
  for (const module of allowed) {
    test(`${file} may import ${module}`, async (t) => {
      t.deepEqual(await listBroken(file, importing(module)), []);
    });
  }
  for (const module of forbidden) {
    test(`${file} may not import ${module}`, async (t) => {
      t.deepEqual(await listBroken(file, importing(module)), ['@typescript-eslint/no-restricted-imports']);
    });
  }
}

test('workflows take types of the activities and nothing else of them', async (t) => {
  const types = "import type { Activities } from '../activities/index.js';\nexport type A = Activities;\n";
  t.deepEqual(await listBroken('workflows/chain.ts', types), []);
  const code = "export { createActivities } from '../activities/index.js';\n";
  t.deepEqual(await listBroken('workflows/chain.ts', code), ['@typescript-eslint/no-restricted-imports']);
});

for (const file of ['db/runs.ts', 'api/app.ts', 'activities/deliver.ts', 'workflows/chain.ts', 'main.ts', 'keys.ts']) {
  test(`${file} may not read the environment`, async (t) => {
    t.deepEqual(await listBroken(file, 'export const home = process.env;\n'), ['no-restricted-properties']);
    t.deepEqual(await listBroken(file, 'export const { env } = process;\n'), ['no-restricted-properties']);
  });
}

test('config.ts reads the environment', async (t) => {
  t.deepEqual(await listBroken('config.ts', 'export const home = process.env;\n'), []);
});
