import { ApplicationFailure } from '@temporalio/activity';
import { isUnavailable } from '../db/errors.js';
import type { Logger } from '../log.js';
import { cancel, close } from './close.js';
import { createHands } from './hands.js';
import type { Hub } from './hub.js';

/** The activities that workflows call, over the hub's parts. Each does one thing, and may be repeated. */
export function createActivities(hub: Hub) {
  const hands = createHands(hub);
  return {
    deliver: bare(hub.log, (input: { delivery_id: string }) => hands.deliver(input.delivery_id)),
    tryFirst: bare(hub.log, (input: { delivery_id: string }) => hands.tryFirst(input.delivery_id)),
    close: bare(hub.log, (input: { delivery_id: string }) => close(hub, input.delivery_id)),
    cancel: bare(hub.log, (input: { run_id: string }) => cancel(hub, input.run_id)),
  };
}

export type Activities = ReturnType<typeof createActivities>;

/** What Temporal is told of a fault of ours: its history is no place for statements, values and stacks. */
const HUB_FAILED = 'HubFailed';

/** Logs an unexpected error whole, here, and passes a bare one on, upon which Temporal tries again; none has a stack. */
function bare<I extends object, O>(log: Logger, run: (input: I) => Promise<O>): (input: I) => Promise<O> {
  return async (input) => {
    try {
      return await run(input);
    } catch (error) {
      const failure = error instanceof ApplicationFailure ? error : reportFailure(log, input, error);
      // Temporal keeps stacks: they name folders of this machine.
      failure.stack = '';
      throw failure;
    }
  };
}

function reportFailure(log: Logger, input: object, error: unknown): ApplicationFailure {
  if (isUnavailable(error)) {
    log.warn(input, 'the database is not available; Temporal tries the activity again');
    return ApplicationFailure.create({ message: 'the database is not available', type: HUB_FAILED });
  }
  log.error({ ...input, err: error }, 'an activity failed; Temporal tries it again');
  return ApplicationFailure.create({ message: 'an unexpected error, which the log of the worker tells', type: HUB_FAILED });
}
