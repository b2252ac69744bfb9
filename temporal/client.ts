import { Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import {
  CALLBACK_SIGNAL, CHAIN_WORKFLOW, runWorkflowId, type CallbackMessage, type ChainInput,
} from '../workflows/contract.js';
import { listOpenRuns, type OpenRuns } from './openRuns.js';
import { originInterceptor } from './origin.js';
import { isRefusal } from './refusal.js';
import { resetStuck } from './reset.js';
import { listClientTracers } from './tracing.js';

/** Longest wait for one call, in milliseconds: who waits is a push or a callback that is already committed. */
const CALL_DEADLINE = 3000;
/** After a call that found nobody, further ones fail at once for so long: milliseconds. */
const AWAY_PAUSE = 1000;

const RESET_REASON = 'it does not follow from its history; it goes on from the rows of the hub';

/** Everything needed to start a run. */
export interface RunStart {
  readonly input: ChainInput;
  /** One line for the Web UI's list. */
  readonly summary: string;
  /** Markdown for the Web UI's page of the run. */
  readonly details: string;
  /** Search attributes by name; null ones are left out. */
  readonly attributes: Readonly<Record<string, string | null>>;
}

/** What Temporal knows of a run; `busy`: it is open, and something of it is under way. */
export type RunKnowledge = 'open' | 'busy' | 'closed' | 'unknown';
/** A task that is given out so often is not under way but failing: two may have met a worker that died. */
const FAILING_ATTEMPT = 3;

/** The hub's side of Temporal. Every method throws TemporalAwayError when no server answers in time. */
export interface Temporal {
  /** Starts the workflow of a run. Safe to repeat: a run that is already started, or over, is left alone. */
  startRun(run: RunStart): Promise<'started' | 'closed'>;
  /** Tells the workflow of a committed callback. */
  signalCallback(runId: string, message: CallbackMessage): Promise<RunKnowledge>;
  /** Asks the workflow to stop. */
  cancelRun(runId: string): Promise<RunKnowledge>;
  /** Has the activity under way tried again now, and not when it would have been. */
  wakeRun(runId: string): Promise<void>;
  /** Looks a run up. */
  describeRun(runId: string): Promise<RunKnowledge>;
  /** A page of the runs whose workflows are open. */
  listOpenRuns(page: { readonly size: number; readonly next: Uint8Array | undefined }): Promise<OpenRuns>;
  /**
   * Has the workflow begin anew from the rows unless something of it is under way, and says whether it did. With
   * `hasDeadline` a timer counts as something: its time is Temporal's, whatever the hub's clock says.
   */
  resetStuck(runId: string, hasDeadline: boolean): Promise<boolean>;
  /** Whether a server answers now. */
  isReachable(): Promise<boolean>;
}

/** No Temporal server answered. What was to be said is in the database, and the sweep says it later. */
export class TemporalAwayError extends Error {
  constructor(cause?: unknown) {
    super('Temporal does not answer', { cause });
    this.name = 'TemporalAwayError';
  }
}

export interface TemporalOptions {
  /** The connection, once there is one. */
  readonly connection: () => NativeConnection | undefined;
  readonly namespace: string;
  readonly taskQueue: string;
  /** First attempts are made inside workflow tasks. */
  readonly localFirst: boolean;
  /** Ask for eager start: true where a worker of this process shares the connection. */
  readonly eager: boolean;
}

/** The hub's side of Temporal over a connection that may come later and may be gone for a while. */
export function createTemporal(options: TemporalOptions): Temporal {
  let awayUntil = 0;
  const interceptors = { workflow: [originInterceptor, ...listClientTracers()] };
  // Made once for a connection.
  let known: { readonly connection: NativeConnection; readonly client: Client } | undefined;
  const getClient = (connection: NativeConnection): Client => {
    if (known?.connection !== connection) known = { connection, client: new Client({ connection, namespace: options.namespace, interceptors }) };
    return known.client;
  };
  async function call<T>(action: (client: Client) => Promise<T>): Promise<T> {
    const connection = options.connection();
    if (!connection || Date.now() < awayUntil) throw new TemporalAwayError();
    const client = getClient(connection);
    try {
      return await within(CALL_DEADLINE, connection.withDeadline(Date.now() + CALL_DEADLINE, () => action(client)));
    } catch (error) {
      if (isAnswer(error)) throw error;
      awayUntil = Date.now() + AWAY_PAUSE;
      throw new TemporalAwayError(error);
    }
  }
  return {
    startRun: (run) => call((client) => start(client, run, options)),
    signalCallback: (runId, message) =>
      call((client) => tell(() => client.workflow.getHandle(runWorkflowId(runId)).signal(CALLBACK_SIGNAL, message))),
    cancelRun: (runId) => call((client) => tell(() => client.workflow.getHandle(runWorkflowId(runId)).cancel())),
    wakeRun: (runId) => call((client) => wake(client, runId, options.namespace)),
    describeRun: (runId) => call((client) => describe(client, runId)),
    listOpenRuns: (page) => call((client) => listOpenRuns(client, page)),
    resetStuck: (runId, hasDeadline) => call((client) => resetStuck(client, { workflowId: runWorkflowId(runId), reason: RESET_REASON, hasDeadline })),
    isReachable: () =>
      call(async (client) => Boolean(await client.workflowService.getSystemInfo({}))).catch((error: unknown) => {
        if (error instanceof TemporalAwayError) return false;
        throw error;
      }),
  };
}

/**
 * The SDK's deadline is that of one try, and it tries on for ten seconds: the wait is bounded here. A call that
 * arrives all the same does no harm, since every one of them may be repeated.
 */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Errors by which a server that is there says something about the workflow. */
function isAnswer(error: unknown): boolean {
  return error instanceof WorkflowExecutionAlreadyStartedError || error instanceof WorkflowNotFoundError;
}

async function start(client: Client, run: RunStart, { taskQueue, eager, localFirst }: TemporalOptions): Promise<'started' | 'closed'> {
  try {
    await client.workflow.start(CHAIN_WORKFLOW, {
      args: [{ ...run.input, local_first: localFirst }],
      workflowId: runWorkflowId(run.input.run_id),
      taskQueue,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'USE_EXISTING',
      requestEagerStart: eager,
      staticSummary: run.summary,
      staticDetails: run.details,
      typedSearchAttributes: listAttributes(run.attributes),
    });
    return 'started';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'closed';
    throw error;
  }
}

function listAttributes(attributes: Readonly<Record<string, string | null>>): SearchAttributePair[] {
  return Object.entries(attributes).flatMap(([name, value]) =>
    value === null ? [] : [{ key: defineSearchAttributeKey(name, 'KEYWORD'), value }],
  );
}

async function tell(action: () => Promise<unknown>): Promise<RunKnowledge> {
  try {
    await action();
    return 'open';
  } catch (error) {
    // Closed and unknown come as the same error; who needs the difference asks describeRun.
    if (error instanceof WorkflowNotFoundError) return 'unknown';
    throw error;
  }
}

async function wake(client: Client, runId: string, namespace: string): Promise<void> {
  try {
    await client.workflowService.resetActivity({ namespace, execution: { workflowId: runWorkflowId(runId) }, matchAll: true, identity: 'hookline' });
  } catch (error) {
    // The run is over, or between two activities: then nothing is to be woken.
    if (!isRefusal(error)) throw error;
  }
}

async function describe(client: Client, runId: string): Promise<RunKnowledge> {
  try {
    const { status, raw: { pendingWorkflowTask: task, pendingActivities } } = await client.workflow.getHandle(runWorkflowId(runId)).describe();
    if (status.name !== 'RUNNING') return 'closed';
    const isBusy = (pendingActivities?.length ?? 0) > 0 || (task && (task.attempt ?? 1) < FAILING_ATTEMPT);
    return isBusy ? 'busy' : 'open';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'unknown';
    throw error;
  }
}
