import type { Middleware, ParameterizedContext } from 'koa';
import { addToContext, readContext, runInContext } from '../context.js';
import { newUuid } from '../db/ids.js';
import type { Logger } from '../log.js';
import { meters } from '../metrics.js';
import { findTracing, withSpan } from '../tracing.js';
import { REQUEST_ID } from '../workflows/contract.js';
import { redact } from './middleware.js';

export interface WatchOptions {
  readonly log: Logger;
  /** Proxies of the operator: with one, the id of a request is the one that it has written. */
  readonly trustedProxies: number;
}

/** What the answers of a route mean besides their status; the code is that of the error, where it is one. */
type Meaning = (status: number, code: string | undefined, log: Logger) => void;

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
/** Asked every few seconds, and nobody's concern. */
const UNTRACED: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/version']);
const CALLBACKS: Readonly<Record<string, string>> = { callback_conflict: 'contradictory', callback_closed: 'late' };

/** By the route's path. What these routes accept they count and write down themselves. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  '/u/:namespace/:name/hook/:token': reportRefusedCallback,
  '/v2/repositories/:namespace/:name/pushes': refusedPush('api'),
  '/events': refusedPush('registry'),
  '/v2/inbound/:id': refusedPush('inbound'),
};

/** Gives each request its id, and counts, measures and writes down how it was answered. */
export function watchRequests({ log, trustedProxies }: WatchOptions): Middleware {
  return async (ctx, next) => {
    const request_id = findRequestId(ctx.get('x-request-id'), trustedProxies);
    ctx.set('X-Request-Id', request_id);
    await runInContext({ request_id }, async () => {
      const started = performance.now();
      await traceRequest(ctx, trustedProxies, next);
      report(ctx, log, (performance.now() - started) / 1000);
    });
  };
}

/** A span for each request but those of probes. Only a proxy of the operator's may put it into a trace of its own. */
async function traceRequest(ctx: ParameterizedContext, trustedProxies: number, next: () => Promise<unknown>): Promise<void> {
  if (!findTracing() || UNTRACED.has(ctx.path)) {
    await next();
    return;
  }
  const traceparent = trustedProxies > 0 ? ctx.get('traceparent') || undefined : undefined;
  const { request_id = '' } = readContext();
  const attributes = { 'http.request.method': nameMethod(ctx), 'hookline.request_id': request_id };
  await withSpan({ name: nameMethod(ctx), kind: 'server', attributes, traceparent }, async (span) => {
    addToContext({ trace_id: span.spanContext().traceId });
    await next();
    span.updateName(`${nameMethod(ctx)} ${nameRoute(ctx)}`);
    span.setAttributes({ 'http.route': nameRoute(ctx), 'http.response.status_code': ctx.status });
  });
}

/** The path of the route as the API document writes it: nothing of what was typed. */
function nameRoute(ctx: ParameterizedContext): string {
  const { _matchedRoute: matched } = ctx as { _matchedRoute?: unknown };
  return typeof matched === 'string' ? matched : 'none';
}

function nameMethod({ method }: ParameterizedContext): string {
  return METHODS.has(method) ? method : 'other';
}

/** Who is no proxy of the operator's gets an id made here: nobody else may choose what stands in the log. */
function findRequestId(given: string, trustedProxies: number): string {
  return trustedProxies > 0 && REQUEST_ID.test(given) ? given : newUuid();
}

function report(ctx: ParameterizedContext, log: Logger, seconds: number): void {
  const [route, method] = [nameRoute(ctx), nameMethod(ctx)];
  meters.requests.inc({ route, method, status: `${Math.floor(ctx.status / 100)}xx` });
  meters.requestSeconds.observe({ route, method }, seconds);
  const { code } = ctx.state as { code?: string };
  if (ctx.method === 'POST' && code !== undefined) MEANINGS[route]?.(ctx.status, code, log);
  log.debug({ method: ctx.method, path: redact(ctx.path), status: ctx.status, duration_ms: Math.round(seconds * 1000) }, 'request');
}

function reportRefusedCallback(status: number, code = '', log: Logger): void {
  const result = CALLBACKS[code] ?? (status >= 500 ? 'failed' : 'refused');
  meters.callbacks.inc({ result });
  // Whoever holds no token of ours must not fill the log.
  const level = readContext().delivery === undefined ? 'debug' : 'info';
  log[level]({ result, code, status }, 'callback refused');
}

function refusedPush(source: string): Meaning {
  return (status, code) => {
    const answer = status >= 500 ? 'failed' : code === 'idempotency_conflict' ? 'conflict' : 'refused';
    meters.pushes.inc({ source, answer });
  };
}
