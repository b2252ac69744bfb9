import type { Client } from '@temporalio/client';
import { CHAIN_WORKFLOW, readRunId } from '../workflows/contract.js';
import { isRefusal } from './refusal.js';

const QUERY = `WorkflowType = '${CHAIN_WORKFLOW}' AND ExecutionStatus = 'Running'`;

/** Runs whose workflows are open, and where the list goes on; `next` is undefined at its end. */
export interface OpenRuns {
  readonly ids: readonly string[];
  readonly next: Uint8Array | undefined;
}

/** One page of what Temporal shows as open, in no order; visibility may be a moment late. @throws gRPC errors. */
export async function listOpenRuns(client: Client, { size, next }: { size: number; next: Uint8Array | undefined }): Promise<OpenRuns> {
  const page = { namespace: client.options.namespace, query: QUERY, pageSize: size, ...(next && { nextPageToken: next }) };
  try {
    const { executions, nextPageToken } = await client.workflowService.listWorkflowExecutions(page);
    const ids = executions.flatMap(({ execution }) => readRunId(execution?.workflowId ?? '') ?? []);
    return { ids, next: nextPageToken.length > 0 ? nextPageToken : undefined };
  } catch (error) {
    // The place in the list was that of another server, or of one that has lost its data: from the beginning again.
    if (next && isRefusal(error)) return { ids: [], next: undefined };
    throw error;
  }
}
