import { ApplicationFailure } from '@temporalio/activity';
import { isUnavailable } from '../db/errors.js';
import type { Logger } from '../log.js';
import { cancel, close } from './close.js';
import { deliver } from './deliver.js';
import type { Hub } from './hub.js';

/** The activities that workflows call, over the hub's parts. Each does one thing, and may be repeated. */
export function createActivities(hub: Hub) {
  return {
    deliver: bare(hub.log, (input: { delivery_id: string }) => deliver(hub, input.delivery_id)),
    close: bare(hub.log, (input: { delivery_id: string }) => close(hub, input.delivery_id)),
    cancel: bare(hub.log, (input: { run_id: string }) => cancel(hub, input.run_id)),
  };
}

export type Activities = ReturnType<typeof createActivities>;

/** What Temporal is told of a fault of ours: its history is no place for statements, values and stacks. */
const HUB_FAILED = 'HubFailed';

/** Logs an unexpected error whole, here, and passes a bare one on, upon which Temporal tries again. */
function bare<I extends object, O>(log: Logger, run: (input: I) => Promise<O>): (input: I) => Promise<O> {
  return async (input) => {
    try {
      return await run(input);
    } catch (error) {
      if (error instanceof ApplicationFailure) throw error;
      throw isUnavailable(error) ? reportAway(log, input) : reportFault(log, input, error);
    }
  };
}

function reportAway(log: Logger, input: object): ApplicationFailure {
  log.warn(input, 'the database is not available; Temporal tries the activity again');
  return createBareFailure('the database is not available');
}

function reportFault(log: Logger, input: object, error: unknown): ApplicationFailure {
  log.error({ ...input, err: error }, 'an activity failed; Temporal tries it again');
  return createBareFailure('an unexpected error, which the log of the worker tells');
}

/** A retryable failure without a stack. */
function createBareFailure(message: string): ApplicationFailure {
  const failure = ApplicationFailure.create({ message, type: HUB_FAILED });
  failure.stack = '';
  return failure;
}
