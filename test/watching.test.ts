import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { findProjectRoot } from '../programs/root.js';
import { readMetrics, startProcessMetrics } from '../metrics.js';
import { tempDir } from './helpers/ports.js';
import { testWith } from './helpers/programs.js';

const TEXT = readFileSync(join(findProjectRoot(), 'docs', 'operations.md'), 'utf8');

/** The block of docs/operations.md that is marked so. */
function readBlock(mark: string): string {
  const [, block] = new RegExp(`^\`\`\`yaml ${mark}\\n(.*?)^\`\`\`$`, 'ms').exec(TEXT) ?? [];
  if (block === undefined) throw new Error(`docs/operations.md has no block of ${mark}`);
  return block;
}

async function promtool(t: ExecutionContext, command: string, text: string): Promise<{ status: number | null; said: string }> {
  const file = join(await tempDir(t), 'file.yml');
  await writeFile(file, text);
  const { status, stdout, stderr } = spawnSync('promtool', ['check', command, file], { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

testWith('promtool')('the alert rules are what Prometheus takes', async (t) => {
  const { status, said } = await promtool(t, 'rules', readBlock('rules'));
  t.is(status, 0, said);
  t.regex(said, /SUCCESS: 8 rules found/);
  t.not((await promtool(t, 'rules', readBlock('rules').replace('sum(rate(', 'sum(rat('))).status, 0);
});

testWith('promtool')('the scrape configuration is what Prometheus takes', async (t) => {
  // Its file of the token lies on the operator's machine.
  const { status, said } = await promtool(t, 'config', readBlock('scrape').replace('/etc/prometheus/hookline.token', '/dev/null'));
  t.is(status, 0, said);
});

/** Those of groups that ask the database, Temporal and the disk; test/e2e/observe.test.ts reads them from a hub. */
const ASKED = [
  'hookline_oldest_queued_run_seconds', 'hookline_overdue_runs', 'hookline_paused_endpoints', 'hookline_database_writable', 'hookline_data_dir_free_bytes',
  'hookline_data_dir_size_bytes', 'hookline_temporal_reachable', 'hookline_open_runs', 'hookline_registry_reachable', 'hookline_registry_checks_due',
];

test('every metric that the rules and the table name is offered', async (t) => {
  startProcessMetrics('api', '0');
  const offered = new Set([...ASKED, ...[...(await readMetrics()).text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name)]);
  const rules = [...readBlock('rules').matchAll(/\b(?:hookline|nodejs)_\w+/g)].map(([name]) => name);
  const rows = TEXT.split('\n').slice(TEXT.split('\n').findIndex((line) => line.startsWith('| Metric (`hookline_')) + 2);
  const table = rows.slice(0, rows.findIndex((line) => line === '')).map((line) => line.split('|')[1] ?? '');
  const named = table.flatMap((cell) => [...cell.matchAll(/`([a-z_]+)(?:\{[^`]*)?`/g)].map(([, name = '']) => `hookline_${name}`));
  t.true(rules.length > 8 && named.length > 20);
  t.deepEqual([...rules, ...named].filter((name) => !offered.has(name)), []);
});
