import { Client } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import type { Activities } from '../../activities/index.js';
import { installRuntime } from '../../temporal/runtime.js';
import { createWorker } from '../../activities/runWorker.js';
import { prepareNamespace } from '../../temporal/namespace.js';
import { runWorkflowId, type ChainInput, type ChainResult, type Delivered, type Outcome } from '../../workflows/contract.js';
import { tempDir } from '../helpers/ports.js';
import { LOG, SETTINGS, startTestServer } from '../temporal/testServer.js';

export const SUCCESS: Outcome = { state: 'success', reason: null };
export const FAILURE: Outcome = { state: 'failure', reason: 'callback' };

/** Activities by script, and what the workflow asked of them, in order. */
export interface Script {
  readonly activities: Activities;
  /** `deliver dlv_1`, `close dlv_1`, `cancel run_1` … */
  readonly calls: string[];
}

/** Scripted activities: a delivery answers what `deliver` says; without a word of it, it waits for its callback. */
export function createScript(script: {
  deliver?: (id: string, attempt: number) => Promise<Delivered> | Delivered;
  tryFirst?: (id: string) => Promise<Delivered> | Delivered;
  close?: (id: string) => Outcome;
}): Script {
  const calls: string[] = [];
  const attempts = new Map<string, number>();
  return {
    calls,
    activities: {
      async deliver({ delivery_id }) {
        calls.push(`deliver ${delivery_id}`);
        const attempt = (attempts.get(delivery_id) ?? 0) + 1;
        attempts.set(delivery_id, attempt);
        return script.deliver?.(delivery_id, attempt) ?? { kind: 'waiting', timeout_ms: 60_000 };
      },
      async tryFirst({ delivery_id }) {
        calls.push(`tryFirst ${delivery_id}`);
        return script.tryFirst?.(delivery_id) ?? { kind: 'waiting', timeout_ms: 60_000 };
      },
      async close({ delivery_id }) {
        calls.push(`close ${delivery_id}`);
        return script.close?.(delivery_id) ?? { state: 'error', reason: 'callback_timeout' };
      },
      async cancel({ run_id }) {
        calls.push(`cancel ${run_id}`);
      },
    },
  };
}

/** Input of a chain of `length` whose deliveries are `dlv_1` …; the first `carried` stand carried over. */
export function chainInput(runId: string, length = 3, carried = 0): ChainInput {
  const hops = Array.from({ length }, (_, index) => ({
    delivery_id: `dlv_${index + 1}`,
    position: index + 1,
    name: `hook ${index + 1}`,
    host: `hook${index + 1}.example`,
    carried_over: index < carried,
  }));
  return { run_id: runId, hops };
}

/** A Temporal server with a client, and workers on task queues of their own. */
export interface Bench {
  readonly client: Client;
  /** Runs `use` with a worker of these activities; `taskQueue` is this worker's own. */
  withWorker<T>(activities: Activities, use: (taskQueue: string) => Promise<T>, taskQueue?: string): Promise<T>;
}

/** Starts the server; `stopAll` of the server's helper ends it. */
export async function startBench(identity = 'test'): Promise<Bench & { close(): Promise<void> }> {
  installRuntime(LOG);
  const server = await startTestServer({ dataDir: await tempDir() });
  const connection = await NativeConnection.connect({ address: server.address });
  const { namespace } = SETTINGS;
  await prepareNamespace(connection, SETTINGS, { namespace, own: true });
  let queues = 0;
  return {
    client: new Client({ connection, namespace, identity }),
    async withWorker(activities, use, taskQueue = `test-${++queues}`) {
      const settings = { ...SETTINGS, worker: { ...SETTINGS.worker, taskQueue } };
      const worker: Worker = await createWorker({ connection, namespace, settings, activities, log: LOG, identity });
      return worker.runUntil(() => use(taskQueue));
    },
    close: () => connection.close(),
  };
}

/** Starts a chain. */
export function startChain(client: Client, input: ChainInput, taskQueue: string) {
  return client.workflow.start<(input: ChainInput) => Promise<ChainResult>>('chain', { args: [input], workflowId: runWorkflowId(input.run_id), taskQueue });
}
