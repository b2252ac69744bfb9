import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { findProjectRoot } from '../../programs/root.js';
import { loadTemporalSettings, TemporalSettingsError } from '../../temporal/settings.js';
import { tempDir } from '../helpers/ports.js';
import { BINARY, startTestServer, stopAll } from './testServer.js';

const FILE = readFileSync(join(findProjectRoot(), 'temporal.yaml'), 'utf8');

test.after.always(stopAll);

test('the shipped temporal.yaml is valid and read into plain settings', (t) => {
  const settings = loadTemporalSettings();
  t.is(`${settings.host}:${settings.port}`, '127.0.0.1:7233');
  t.is(settings.worker.taskQueue, 'hookline');
  t.is(settings.retentionMs, 168 * 3_600_000);
  t.is(settings.searchAttributes['HooklineDigest'], 'Keyword');
  t.deepEqual(settings.sqlitePragmas, { journal_mode: 'WAL', synchronous: 'NORMAL' });
  t.is(settings.dynamicConfig['system.enableActivityEagerExecution'], true);
});

const FAULTS = [
  {
    what: 'an unknown key',
    from: 'ui-port:',
    to: 'ui-prt: 1\n    ui-port:',
    fault: 'hookline.dev-server.ui-prt: no such setting',
  },
  {
    what: 'a wrong type',
    from: 'ui-port: 8233',
    to: 'ui-port: high',
    fault: 'hookline.dev-server.ui-port: must be integer',
  },
  { what: 'a missing key', from: 'task-queue: hookline', to: '', fault: 'hookline.worker.task-queue: missing' },
  {
    what: 'an unknown attribute type',
    from: 'HooklineTag: Keyword',
    to: 'HooklineTag: String',
    fault: 'hookline.search-attributes.HooklineTag: '
      + 'write one of Text, Keyword, Int, Double, Bool, Datetime, KeywordList',
  },
  {
    what: 'a cache smaller than the slots',
    from: 'max-cached-workflows: 1000',
    to: 'max-cached-workflows: 10',
    fault: 'hookline.worker.max-cached-workflows: 10 is less than workflow-task-slots',
  },
  {
    what: 'a namespace without a name',
    from: 'namespace: default',
    to: 'namespace:',
    fault: 'env.default.namespace: must be string',
  },
];

for (const { what, from, to, fault } of FAULTS) {
  test(`${what} in temporal.yaml is named by its field`, async (t) => {
    const file = join(await tempDir(t), 'temporal.yaml');
    t.true(FILE.includes(from));
    writeFileSync(file, FILE.replace(from, to));
    const error = t.throws(() => loadTemporalSettings(file), { instanceOf: TemporalSettingsError });
    t.deepEqual(error.faults, [fault]);
    t.true(error.message.includes(file));
  });
}

test('broken YAML is a fault of the file, not a stack', async (t) => {
  const file = join(await tempDir(t), 'temporal.yaml');
  writeFileSync(file, 'env: {');
  t.regex(t.throws(() => loadTemporalSettings(file), { instanceOf: TemporalSettingsError }).message, /not valid YAML/);
});

test('the Temporal CLI takes temporal.yaml as its env file', async (t) => {
  const dir = await tempDir(t);
  const { address } = await startTestServer({ dataDir: dir });
  const file = join(dir, 'temporal.yaml');
  writeFileSync(file, FILE.replace('127.0.0.1:7233', address));
  const list = (path: string) =>
    promisify(execFile)(BINARY, ['--env-file', path, 'operator', 'namespace', 'describe', '-o', 'json']);
  t.regex((await list(file)).stdout, /"name": "default"/);
  // The counter-proof: one level too deep, and the CLI refuses the whole file.
  writeFileSync(file, FILE.replace('hookline:\n', 'hookline:\n  deep: { a: { b: c } }\n'));
  t.regex((await t.throwsAsync(list(file))).message, /failed unmarshalling env YAML/);
});
