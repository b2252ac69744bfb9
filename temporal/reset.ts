import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import protocol, { type temporal } from '@temporalio/proto';
import { isRefusal } from './refusal.js';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** The end of the first task is among the first events of a workflow, the end of the latest one among the last ones. */
const PAGE = 200;
const { WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW: BY_RESET } = protocol.temporal.api.enums.v1.WorkflowTaskFailedCause;

/** A workflow that was told what should move it. */
export interface StuckWorkflow {
  readonly workflowId: string;
  readonly reason: string;
  readonly hasDeadline: boolean;
}

/**
 * Has a workflow that cannot get on begin anew behind its first task, in an execution of its own under the same id; the
 * one before ends as terminated, and its signals are said again to the new one. To be asked of a workflow that was told
 * what should move it.
 * @param stuck its id in Temporal; one line for the Web UI; whether a timer of its own may be what it rightly waits for.
 * @returns whether it did; false for one that is busy, or has ended.
 * @throws gRPC errors of a server that does not answer.
 */
export async function resetStuck(client: Client, stuck: StuckWorkflow): Promise<boolean> {
  try {
    return await resetIfStuck(client, stuck);
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

async function resetIfStuck(client: Client, { workflowId, reason, hasDeadline }: StuckWorkflow): Promise<boolean> {
  const { namespace } = client.options;
  const execution = { workflowId };
  const page = { namespace, execution, maximumPageSize: PAGE };
  const events = (await client.workflowService.getWorkflowExecutionHistoryReverse(page)).history?.events ?? [];
  const latest = events.find(isEndOfTask);
  const isWaiting = async () => (hasDeadline && hasTimer(events)) || !(await isIdle(client, execution));
  if (!latest || (!isFailure(latest) && (await isWaiting()))) return false;
  const first = (await client.workflowService.getWorkflowExecutionHistory(page)).history?.events?.find(isEndOfTask);
  const { eventId } = first ?? latest;
  await client.workflowService.resetWorkflowExecution({
    namespace, workflowExecution: execution, reason, requestId: randomUUID(), ...(eventId && { workflowTaskFinishEventId: eventId }),
  });
  return true;
}

/** It has done what it was given to do, and nothing is under way: only a timer or a signal moves it. */
async function isIdle(client: Client, execution: { workflowId: string }): Promise<boolean> {
  const { pendingWorkflowTask, pendingActivities } = await client.workflowService.describeWorkflowExecution({ namespace: client.options.namespace, execution });
  return !pendingWorkflowTask && pendingActivities.length === 0;
}

/** A timer that was started has neither fired nor been given up; events from the latest on. */
function hasTimer(events: readonly HistoryEvent[]): boolean {
  const over = new Set(events.map((event) => event.timerFiredEventAttributes?.timerId ?? event.timerCanceledEventAttributes?.timerId));
  return events.some(({ timerStartedEventAttributes: started }) => started && !over.has(started.timerId));
}

function isEndOfTask(event: HistoryEvent): boolean {
  return Boolean(event.workflowTaskCompletedEventAttributes ?? event.workflowTaskFailedEventAttributes ?? event.workflowTaskTimedOutEventAttributes);
}

/** One that the server failed to make room for a reset is none. */
function isFailure({ workflowTaskFailedEventAttributes: failed }: HistoryEvent): boolean {
  return Boolean(failed) && failed?.cause !== BY_RESET;
}
