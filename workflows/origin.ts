import type { Headers, WorkflowInterceptors } from '@temporalio/workflow';
import { REQUEST_ID_HEADER } from './contract.js';

/**
 * Hands the id of the request that began a workflow on to its activities, so that its attempts are found by it. It
 * waits for nothing and schedules nothing: the order of commands is what it is without it.
 */
export function interceptors(): WorkflowInterceptors {
  let origin: Headers = {};
  return {
    inbound: [{
      execute(input, next) {
        const payload = input.headers[REQUEST_ID_HEADER];
        origin = payload === undefined ? {} : { [REQUEST_ID_HEADER]: payload };
        return next(input);
      },
    }],
    outbound: [{
      scheduleActivity: (input, next) => next({ ...input, headers: { ...input.headers, ...origin } }),
      scheduleLocalActivity: (input, next) => next({ ...input, headers: { ...input.headers, ...origin } }),
    }],
  };
}
