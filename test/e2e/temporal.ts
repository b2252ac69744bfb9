import { Client, type WorkflowExecutionDescription, type WorkflowExecutionStatusName } from '@temporalio/client';
import { pollUntil } from '../helpers/poll.js';
import { connectTo } from '../temporal/testServer.js';

/** A hub as far as its Temporal is concerned. */
interface Place {
  readonly temporalAddress: string;
}

const clients = new Map<string, Promise<Client>>();

/** A client of the hub's Temporal, one per server; `stopAll` of the test server closes its connection. */
export function openClient({ temporalAddress }: Place): Promise<Client> {
  const open = async () => new Client({ connection: await connectTo({ address: temporalAddress }) });
  const client = clients.get(temporalAddress) ?? open();
  clients.set(temporalAddress, client);
  return client;
}

/** What Temporal says of a run's workflow. */
export async function describeRun(place: Place, runId: string): Promise<WorkflowExecutionDescription> {
  return (await openClient(place)).workflow.getHandle(`run/${runId}`).describe();
}

/** The workflow of a run once it has that status: COMPLETED, CANCELED, …; by default waited for as long as pollUntil does. */
export function waitForStatus(place: Place, runId: string, status: WorkflowExecutionStatusName, timeoutMs?: number): Promise<WorkflowExecutionDescription> {
  return pollUntil(`the workflow of ${runId} ${status}`, async () => {
    const described = await describeRun(place, runId);
    return described.status.name === status && described;
  }, timeoutMs);
}
