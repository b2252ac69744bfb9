import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { readContext } from '../context.js';
import { REQUEST_ID_HEADER } from '../workflows/contract.js';

/** Tells a workflow at its start which request began it, where one did: ids only, as everywhere in Temporal. */
export const originInterceptor: WorkflowClientInterceptor = {
  startWithDetails(input, next) {
    const { request_id } = readContext();
    if (request_id === undefined) return next(input);
    return next({ ...input, headers: { ...input.headers, [REQUEST_ID_HEADER]: defaultPayloadConverter.toPayload(request_id) } });
  },
};
