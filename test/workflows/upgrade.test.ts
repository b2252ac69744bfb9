import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import test, { type ExecutionContext } from 'ava';
import { prepareNamespace } from '../../temporal/namespace.js';
import { installRuntime } from '../../temporal/runtime.js';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { pollUntil } from '../helpers/poll.js';
import { tempDir } from '../helpers/ports.js';
import { LOG, SETTINGS, startTestServer, stopAll } from '../temporal/testServer.js';
import { chainInput, createScript, startChain, SUCCESS, type Script } from './bench.js';

installRuntime(LOG);
test.after.always(stopAll);

const PRESENT = fileURLToPath(new URL('../../workflows.bundle.js', import.meta.url));
const PREVIOUS = fileURLToPath(new URL('previous/index.js', import.meta.url));
const QUEUE = 'upgrade';
const CHAINS = 10;

const bundlePrevious = () => bundleWorkflowCode({ workflowsPath: PREVIOUS, logger: new DefaultLogger('ERROR') });

interface Bundle {
  readonly identity: string;
  readonly workflowBundle: { codePath: string } | { code: string };
}

/** A worker that keeps no workflow in memory: each of its tasks may go to either version, and replays from the start. */
function createForgetful(connection: NativeConnection, { activities }: Script, bundle: Bundle): Promise<Worker> {
  const { namespace } = SETTINGS;
  return Worker.create({ connection, namespace, taskQueue: QUEUE, ...bundle, activities, maxCachedWorkflows: 0 });
}

/** Answers each webhook of a chain in turn. */
async function play(handle: WorkflowHandle, { calls }: Script, prefix: string): Promise<void> {
  for (const nth of [1, 2, 3]) {
    const delivery_id = `${prefix}${nth}`;
    await pollUntil(`delivery of ${delivery_id}`, async () => calls.includes(`deliver ${delivery_id}`), 90_000);
    await handle.signal('callback', { delivery_id, outcome: SUCCESS });
  }
}

async function listIdentities(handle: WorkflowHandle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ workflowTaskStartedEventAttributes: task }) => task?.identity ?? []);
}

async function runChains(t: ExecutionContext, client: Client, script: Script): Promise<Set<string>> {
  const handles = await Promise.all(Array.from({ length: CHAINS }, async (_, nth) => {
    const { run_id, hops } = chainInput(`run_u${nth}`);
    const input = { run_id, hops: hops.map((hop) => ({ ...hop, delivery_id: `u${nth}_${hop.position}` })) };
    return { handle: await startChain(client, input, QUEUE), prefix: `u${nth}_` };
  }));
  await Promise.all(handles.map(({ handle, prefix }) => play(handle, script, prefix)));
  const identities = new Set<string>();
  for (const { handle } of handles) {
    t.deepEqual(await handle.result(), SUCCESS);
    for (const identity of await listIdentities(handle)) identities.add(identity);
  }
  return identities;
}

test('workers of this version and of the one before complete chains together on one queue', async (t) => {
  const { address } = await startTestServer({ dataDir: await tempDir(t) });
  const open = async (): Promise<NativeConnection> => {
    const connection = await NativeConnection.connect({ address });
    t.teardown(() => connection.close());
    return connection;
  };
  const connection = await open();
  await prepareNamespace(connection, SETTINGS, { namespace: SETTINGS.namespace, own: true });
  const script = createScript({});
  const previous = await createForgetful(connection, script, { identity: 'previous', workflowBundle: await bundlePrevious() });
  // Two workers of one connection may not serve the same queue.
  const present = await createForgetful(await open(), script, { identity: 'present', workflowBundle: { codePath: PRESENT } });
  const client = new Client({ connection, namespace: SETTINGS.namespace });
  const identities = await previous.runUntil(present.runUntil(runChains(t, client, script)));
  t.deepEqual([...identities].sort(), ['present', 'previous']);
});
