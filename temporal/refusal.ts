import { isGrpcServiceError } from '@temporalio/client';

/** gRPC's codes of an argument, of not found, of a precondition, of a call that an older server does not know. */
const REFUSALS: ReadonlySet<number> = new Set([3, 5, 9, 12]);

/** Whether a server answered that this cannot be done to this workflow now, as to one that has just ended. */
export function isRefusal(error: unknown): boolean {
  return isGrpcServiceError(error) && REFUSALS.has(error.code);
}
