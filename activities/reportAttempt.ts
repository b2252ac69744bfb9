import { readHost } from '../address.js';
import { meters } from '../metrics.js';
import type { AfterAttempt } from '../db/attempts.js';
import type { DeliveryRow } from '../db/deliveries.js';
import type { RunRow } from '../db/runs.js';
import type { Logger } from '../log.js';
import type { PostRequest, PostResult } from './post.js';
import type { PostError } from './postResult.js';

/** An attempt that has come to its end. */
export interface ReportedAttempt {
  readonly run: Pick<RunRow, 'id' | 'push_id' | 'repository_id' | 'chain_slug' | 'created' | 'redelivery_of'>;
  /** As it stood when the attempt began. */
  readonly delivery: DeliveryRow;
  readonly request: PostRequest;
  readonly result: PostResult;
  readonly after: AfterAttempt;
}

/** Kinds of failure as the metrics have them: what an operator would look at differently. */
const FAILURES: Readonly<Record<PostError, string>> = {
  dns_not_found: 'dns',
  dns_failed: 'dns',
  connect_refused: 'connect',
  connect_timeout: 'connect',
  connection_reset: 'reset',
  tls_error: 'tls',
  timeout: 'timeout',
  protocol_error: 'protocol',
  network_error: 'network',
};
/** Answers that mean something of their own. */
const STATUSES: ReadonlySet<number> = new Set([410, 429]);

/** How an attempt ended, in the words of the metrics. */
export function classify(result: PostResult): string {
  if (result.kind === 'refused') return 'refused_address';
  if (result.kind === 'failed') return FAILURES[result.error];
  return STATUSES.has(result.status) ? String(result.status) : `${Math.floor(result.status / 100)}xx`;
}

/** Counts an attempt and writes the one line that tells everything about it: of the receiver the host, and never more. */
export function reportAttempt(log: Logger, attempt: ReportedAttempt): void {
  const { run, delivery, request, result, after } = attempt;
  const outcome = classify(result);
  const seconds = result.duration_ms / 1000;
  meters.attempts.inc({ outcome });
  meters.attemptSeconds.observe({ answered: result.kind === 'answered' ? 'yes' : 'no' }, seconds);
  if (isFirstCall(delivery)) meters.firstCallLag.observe(Math.max((Date.now() - Date.parse(run.created)) / 1000 - seconds, 0));
  log.info({
    run: run.id, push: run.push_id, repository: run.repository_id, chain: run.chain_slug,
    delivery: delivery.id, webhook: delivery.webhook_id, position: delivery.position, attempt: delivery.attempt_count,
    host: readHost(delivery.hook_url), outcome, ...describeResult(result),
    duration_ms: Math.round(result.duration_ms), bytes_sent: Buffer.byteLength(request.body),
    ...describeNext(after),
  }, 'webhook attempted');
}

/** Of a redelivery from the middle of its chain the results before it are carried over. */
function isFirstCall({ position, attempt_count }: DeliveryRow): boolean {
  return position === 1 && attempt_count === 1;
}

function describeResult(result: PostResult): object {
  const kind = result.kind;
  if (result.kind === 'refused') return { kind, status: 'address_forbidden' };
  const bytes_received = Buffer.byteLength(result.body ?? '');
  return { kind, status: result.kind === 'answered' ? result.status : result.error, bytes_received };
}

function describeNext(after: AfterAttempt): object {
  if (after.kind === 'retry') return { next: 'retry', next_at: after.at };
  if (after.kind === 'wait') return { next: 'wait', next_at: after.callbackDue };
  return { next: 'close', state: after.state, reason: after.reason };
}
