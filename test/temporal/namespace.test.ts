import { Client, type Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { NativeConnection } from '@temporalio/worker';
import test from 'ava';
import { ProgramUnavailableError } from '../../programs/errors.js';
import { prepareNamespace } from '../../temporal/namespace.js';
import { tempDir } from '../helpers/ports.js';
import { connectTo, SETTINGS, startTestServer, stopAll } from './testServer.js';

const HOUR_MS = 3_600_000;
const OWN = { namespace: 'default', own: true };

test.after.always(stopAll);

async function listAttributes({ operatorService }: Connection, namespace: string): Promise<string[]> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  return Object.keys(customAttributes).sort();
}

async function readRetention({ workflowService }: Connection, namespace: string): Promise<number> {
  return tsToMs((await workflowService.describeNamespace({ namespace })).config?.workflowExecutionRetentionTtl);
}

test('an older data file gets the attributes and the retention that came later, once', async (t) => {
  const dataDir = await tempDir(t);
  const oldSettings = { ...SETTINGS, searchAttributes: { HooklineTag: 'Keyword' as const } };
  const older = await startTestServer({ dataDir, settings: oldSettings });
  t.deepEqual(await listAttributes(await connectTo(older), 'default'), ['HooklineTag']);
  await older.stop();
  const server = await startTestServer({ dataDir });
  const connection = await connectTo(server);
  // The reason for all this: the flags of the second start changed nothing.
  t.deepEqual(await listAttributes(connection, 'default'), ['HooklineTag']);
  t.is(await readRetention(connection, 'default'), 24 * HOUR_MS);
  await Promise.all([prepareNamespace(connection, SETTINGS, OWN), prepareNamespace(connection, SETTINGS, OWN)]);
  await prepareNamespace(connection, SETTINGS, OWN);
  t.deepEqual(await listAttributes(connection, 'default'), Object.keys(SETTINGS.searchAttributes).sort());
  t.is(await readRetention(connection, 'default'), SETTINGS.retentionMs);
  const key = defineSearchAttributeKey('HooklineState', 'KEYWORD');
  const typedSearchAttributes = [{ key, value: 'queued' }];
  const client = new Client({ connection });
  await t.notThrowsAsync(client.workflow.start('any', { workflowId: 'a', taskQueue: 'nobody', typedSearchAttributes }));
});

test('a missing namespace is made; an attached one keeps its retention; both kinds of connection do', async (t) => {
  const server = await startTestServer({ dataDir: await tempDir(t) });
  const connection = await connectTo(server);
  const native = await NativeConnection.connect({ address: server.address });
  t.teardown(() => native.close());
  await prepareNamespace(native, SETTINGS, { namespace: 'fresh', own: false });
  t.is(await readRetention(connection, 'fresh'), SETTINGS.retentionMs);
  await prepareNamespace(native, { ...SETTINGS, retentionMs: 2 * HOUR_MS }, { namespace: 'fresh', own: false });
  t.is(await readRetention(connection, 'fresh'), SETTINGS.retentionMs);
  await prepareNamespace(native, { ...SETTINGS, retentionMs: 2 * HOUR_MS }, { namespace: 'fresh', own: true });
  t.is(await readRetention(connection, 'fresh'), 2 * HOUR_MS);
});

test('an attribute of another type is named with both types', async (t) => {
  const connection = await connectTo(await startTestServer({ dataDir: await tempDir(t) }));
  const settings = { ...SETTINGS, searchAttributes: { HooklineTag: 'Int' as const } };
  const { message } = await t.throwsAsync(prepareNamespace(connection, settings, OWN), {
    instanceOf: ProgramUnavailableError,
  });
  t.regex(message, /HooklineTag has the type Keyword, but Hookline needs Int/);
});
