import { setTimeout as wait } from 'node:timers/promises';
import { Connection, WorkflowClient, WorkflowNotFoundError, type WorkflowExecutionDescription } from '@temporalio/client';
import { sum } from '../measure.js';
import type { EngineCost } from '../side.js';

const PAUSE = 20;
/** A workflow that is still open by then has something else to wait for. Milliseconds. */
const LIMIT = 30_000;

/** Looks at workflows from outside, as the Web UI does. */
export interface Inspector {
  /** Waits until these workflows are over. @throws Error where they are not in time. */
  settle(ids: readonly string[]): Promise<void>;
  /** What they cost, on average; undefined of none. */
  cost(ids: readonly string[]): Promise<EngineCost | undefined>;
  close(): Promise<void>;
}

/** Connects to a Temporal server. */
export async function openInspector(address: string, namespace: string): Promise<Inspector> {
  const connection = await Connection.connect({ address, channelArgs: { 'grpc.enable_http_proxy': 0 } });
  const client = new WorkflowClient({ connection, namespace });
  const describe = (id: string) => client.getHandle(id).describe();
  return {
    async settle(ids) {
      for (const id of ids) await settleOne(id, describe);
    },
    async cost(ids) {
      const found = await Promise.all(ids.map(describe));
      const average = (pick: (one: WorkflowExecutionDescription) => number) => sum(found.map(pick)) / found.length;
      if (found.length === 0) return undefined;
      return {
        transitions: average(({ raw }) => Number(raw.workflowExecutionInfo?.stateTransitionCount)),
        events: average(({ historyLength }) => historyLength),
        historyBytes: average(({ historySize = Number.NaN }) => historySize),
      };
    },
    close: () => connection.close(),
  };
}

async function settleOne(id: string, describe: (id: string) => Promise<WorkflowExecutionDescription>): Promise<void> {
  for (const end = Date.now() + LIMIT; Date.now() < end; await wait(PAUSE)) {
    try {
      if ((await describe(id)).status.name !== 'RUNNING') return;
    } catch (error) {
      // Not started yet: the hub's sweep may be about to.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
  throw new Error(`the workflow ${id} is still open ${LIMIT} ms after its last callback`);
}
