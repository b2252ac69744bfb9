import { setTimeout as wait } from 'node:timers/promises';
import { isGrpcServiceError, type ConnectionLike } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js';
import { ProgramUnavailableError } from '../programs/errors.js';
import { addSearchAttributes } from './searchAttributes.js';
import type { TemporalSettings } from './settings.js';

/** Which namespace, and whether the server is the one that Hookline started. */
export interface NamespaceTarget {
  readonly namespace: string;
  /** True only for our own dev server: there an existing namespace's retention follows temporal.yaml. */
  readonly own: boolean;
}

const VISIBLE_MS = 30_000;
const POLL_MS = 100;
// gRPC status codes.
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;

/**
 * Makes the namespace ready for Hookline: it exists, with the retention, and every search attribute of temporal.yaml
 * can be used in it. Does nothing where all that is so already; may run in several processes at once.
 * @throws ProgramUnavailableError when an attribute exists with another type, or is not visible within 30 s; the gRPC
 * error when the server refuses (a missing right, for instance).
 */
export async function prepareNamespace(
  connection: ConnectionLike,
  settings: TemporalSettings,
  { namespace, own }: NamespaceTarget,
): Promise<void> {
  const retention = await findRetention(connection, namespace);
  if (retention === undefined) await createNamespace(connection, settings, namespace);
  else if (own && retention !== settings.retentionMs) await updateRetention(connection, settings, namespace);
  // A namespace made a moment ago is not known to the whole server at once.
  await pollVisible(`the namespace ${namespace}`, () => isUsable(connection, namespace, ''));
  await addSearchAttributes(connection, namespace, settings.searchAttributes);
  const query = Object.keys(settings.searchAttributes).map((name) => `${name} IS NULL`).join(' OR ');
  await pollVisible(`the search attributes of ${namespace}`, () => isUsable(connection, namespace, query));
}

/** Milliseconds that closed workflows are kept; undefined: no such namespace. */
async function findRetention({ workflowService }: ConnectionLike, namespace: string): Promise<number | undefined> {
  try {
    const { config } = await workflowService.describeNamespace({ namespace });
    return config?.workflowExecutionRetentionTtl ? tsToMs(config.workflowExecutionRetentionTtl) : 0;
  } catch (error) {
    if (hasCode(error, NOT_FOUND)) return undefined;
    throw error;
  }
}

async function createNamespace({ workflowService }: ConnectionLike, settings: TemporalSettings, namespace: string) {
  try {
    const workflowExecutionRetentionPeriod = msToTs(settings.retentionMs);
    await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  } catch (error) {
    if (!hasCode(error, ALREADY_EXISTS)) throw error;
  }
}

async function updateRetention({ workflowService }: ConnectionLike, settings: TemporalSettings, namespace: string) {
  const config = { workflowExecutionRetentionTtl: msToTs(settings.retentionMs) };
  await workflowService.updateNamespace({ namespace, config });
}

/** Asks what only a server that knows the namespace and the attributes can answer. */
async function isUsable({ workflowService }: ConnectionLike, namespace: string, query: string): Promise<boolean> {
  try {
    await workflowService.listWorkflowExecutions({ namespace, query, pageSize: 1 });
    return true;
  } catch (error) {
    if (hasCode(error, NOT_FOUND) || hasCode(error, INVALID_ARGUMENT)) return false;
    throw error;
  }
}

async function pollVisible(what: string, probe: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + VISIBLE_MS;
  while (!(await probe())) {
    if (Date.now() > deadline) {
      throw new ProgramUnavailableError(`Temporal does not show ${what} after ${VISIBLE_MS / 1000} s: try again.`);
    }
    await wait(POLL_MS);
  }
}

function hasCode(error: unknown, code: number): boolean {
  if (!isGrpcServiceError(error)) return false;
  const { code: found }: { code: number } = error;
  return found === code;
}
