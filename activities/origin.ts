import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInterceptorsFactory } from '@temporalio/worker';
import { runInContext, type Context } from '../context.js';
import { REQUEST_ID, REQUEST_ID_HEADER } from '../workflows/contract.js';

/** Every log line of an activity names its workflow, and the request to the API that began it. */
export const originInterceptor: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    execute(input, next) {
      const { workflowId } = info.workflowExecution ?? {};
      return runInContext({ ...readOrigin(input), ...(workflowId === undefined ? {} : { workflow: workflowId }) }, () => next(input));
    },
  },
});

/** Whoever may start workflows may write headers: what is no id stays out of the log. */
function readOrigin({ headers }: ActivityExecuteInput): Context {
  const payload = headers[REQUEST_ID_HEADER];
  const id: unknown = payload && defaultPayloadConverter.fromPayload(payload);
  return typeof id === 'string' && REQUEST_ID.test(id) ? { request_id: id } : {};
}
