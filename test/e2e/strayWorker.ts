import type { Client } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import protocol, { type temporal } from '@temporalio/proto';

const { CommandType, TaskQueueKind } = protocol.temporal.api.enums.v1;
const IDENTITY = 'stray';
/** The queue of workflows that this worker says to keep in its memory. */
const OWN = { name: 'stray-memory', normalName: 'hookline', kind: TaskQueueKind.TASK_QUEUE_KIND_STICKY };
/** How long one question for a task waits, in milliseconds. */
const POLL = 60_000;

/** A command that the code of a chain never gives. */
export const START_TIMER: temporal.api.command.v1.ICommand = {
  commandType: CommandType.COMMAND_TYPE_START_TIMER,
  startTimerCommandAttributes: { timerId: 'stray', startToFireTimeout: msToTs('1h') },
};

/** What a stray worker answers to every task, and whether it keeps the workflow to itself from then on. */
export interface Astray {
  readonly commands: readonly temporal.api.command.v1.ICommand[];
  readonly keeps: boolean;
}

/** Answers tasks by hand, as no worker of ours would whose memory is that of the server. */
export class StrayWorker {
  private readonly stopped = new AbortController();
  private kept: Promise<void> | undefined;

  constructor(private readonly client: Client, private readonly astray: Astray) {}

  /** Answers the next task of the queue, and, where it keeps the workflow, all that follow. */
  async answerFirst(): Promise<void> {
    await this.answer({ name: 'hookline' });
    if (this.astray.keeps) this.kept = this.keepAnswering();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.kept;
  }

  private async keepAnswering(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      await this.answer(OWN).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  private async answer(taskQueue: temporal.api.taskqueue.v1.ITaskQueue): Promise<void> {
    const { connection, workflowService, options: { namespace } } = this.client;
    const poll = () => workflowService.pollWorkflowTaskQueue({ namespace, taskQueue, identity: IDENTITY });
    const { taskToken } = await connection.withAbortSignal(this.stopped.signal, () => connection.withDeadline(Date.now() + POLL, poll));
    if (taskToken.length === 0) return;
    const sticky = this.astray.keeps ? { stickyAttributes: { workerTaskQueue: OWN, scheduleToStartTimeout: msToTs('1h') } } : {};
    await workflowService.respondWorkflowTaskCompleted({ namespace, taskToken, identity: IDENTITY, commands: [...this.astray.commands], ...sticky });
  }
}
