import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { TSchema } from '@sinclair/typebox';
import { recordAudit } from './audit.js';
import { findCaller, findCookieCaller, refreshCaller, type Caller } from './auth.js';
import { readAnyBody, readBody, type Body } from './body.js';
import { nameCookie } from './cookies.js';
import { ApiError, type ErrorCode } from './errors.js';
import type { Hub } from './hub.js';
import { changesSomething, requireOwnPage, takesCookie } from './ownPages.js';
import { addRegistryErrors, describeChallenge } from './registryErrors.js';
import { authorize } from './policy.js';
import type { Call, Reply, Route } from './route.js';
import { isAnonymous, listErrors } from './routeErrors.js';
import { compileCheck, compileResponse } from './validate.js';

const BODY_LIMIT = 1024 * 1024;
const NO_BODY: Body = { raw: '', value: {} };

/** What a wrong answer of ours does: it throws in tests, and is logged where people depend on us. */
export type ResponseFault = (route: Route, status: number, fault: string) => void;

/** Mounts a route: caller, rights and schemas are checked here, so that handlers find only what is well-formed. */
export function mountRoute(router: Router, hub: Hub, route: Route, onResponseFault: ResponseFault): void {
  // At the first request: compiling the schemas of all routes took a fifth of a start's CPU (0.5 s of 2.7).
  let compiled: ReturnType<typeof compileChecks> | undefined;
  const answer = async (ctx: RouterContext): Promise<void> => {
    const { may } = route;
    const checks = (compiled ??= compileChecks(route));
    const header = ctx.get('authorization') || undefined;
    const caller = await findRequestCaller(hub, route, ctx);
    const params: Record<string, string | undefined> = { ...ctx.params };
    // No name or id holds one, and PostgreSQL refuses to be asked.
    if (Object.values(params).some((value) => value?.includes('\0'))) throw new ApiError('not_found');
    const found = await authorize(hub, may, { caller, params, header });
    const query = { ...ctx.query };
    const headers = { ...ctx.request.headers } as Record<string, string | undefined>;
    const body = await readRouteBody(ctx, route);
    checks.params(params);
    checks.query(query);
    checks.headers(headers);
    checks.body(body.value);
    const call: Call = {
      hub, db: hub.db, params, query, headers, caller, found, body: body.value, rawBody: body.raw, address: ctx.ip,
      // Not ctx.url: a request target may be absolute, and its host is nothing of ours.
      url: ctx.path + ctx.search,
      async recheck() {
        await authorize(hub, may, { caller: caller && (await refreshCaller(hub, caller)), params, header });
      },
    };
    const reply = await route.handler(call);
    if (route.audit && reply.audit !== null) await recordAudit(call, route.audit, reply.audit);
    const fault = checks.reply(reply);
    if (fault !== undefined) onResponseFault(route, reply.status, fault);
    if (reply.stream && ctx.method !== 'HEAD') await sendStream(ctx, reply, reply.stream);
    else send(ctx, reply);
  };
  const watched = watchErrors(answer, route, onResponseFault);
  router.register(route.path, route.method === 'GET' ? ['HEAD', 'GET'] : [route.method], route.registryErrors ? withRegistryErrors(watched, describeChallenge(hub, route)) : watched);
}

/** Who asks: by `Authorization`, or else by the cookie of a session, where that counts. */
async function findRequestCaller(hub: Hub, route: Route, ctx: RouterContext): Promise<Caller | undefined> {
  const header = ctx.get('authorization') || undefined;
  const { takesRegistryTokens } = route;
  if (isAnonymous(route)) return undefined;
  const cookie = header === undefined && takesCookie(route) ? ctx.cookies.get(nameCookie(hub.config)) : undefined;
  if (!cookie) return findCaller(hub, { header, address: ctx.ip, takesRegistryTokens });
  if (changesSomething(route)) requireOwnPage(hub.config, ctx.request.headers as Record<string, string | undefined>);
  // What a session sees is not kept for whoever sits at this browser after its end.
  ctx.set('Cache-Control', 'no-store');
  return findCookieCaller(hub, cookie);
}

/** An error that a route does not declare is a wrong answer too. */
function watchErrors(answer: (ctx: RouterContext) => Promise<void>, route: Route, onResponseFault: ResponseFault): typeof answer {
  const declared: ReadonlySet<ErrorCode> = new Set(listErrors(route));
  return async (ctx) => {
    try {
      await answer(ctx);
    } catch (error) {
      if (error instanceof ApiError && !declared.has(error.code)) onResponseFault(route, error.status, `the error ${error.code} is not declared`);
      throw error;
    }
  };
}

async function readRouteBody({ req }: RouterContext, { body, bodyType, bodyLimit = BODY_LIMIT, takesAnyBody = false }: Route): Promise<Body> {
  if (!body) return NO_BODY;
  return takesAnyBody ? readAnyBody(req, bodyLimit) : readBody(req, bodyLimit, bodyType);
}

function withRegistryErrors(answer: (ctx: RouterContext) => Promise<void>, challenge: string): typeof answer {
  return async (ctx) => {
    try {
      await answer(ctx);
    } catch (error) {
      throw addRegistryErrors(error, challenge);
    }
  };
}

type Check = (value: unknown) => void;

function compileChecks(route: Route) {
  const compile = (schema: TSchema | undefined, temper: 'body' | 'query'): Check =>
    schema ? compileCheck(schema, temper) : () => undefined;
  const responses = new Map(
    Object.entries(route.responses).map(([status, schema]) => [Number(status), schema && compileResponse(schema)]),
  );
  return {
    params: compile(route.params, 'query'),
    query: compile(route.query, 'query'),
    headers: compile(route.headers, 'query'),
    // The values of a form are text, as those of a query.
    body: compile(route.body, route.bodyType === 'application/x-www-form-urlencoded' ? 'query' : 'body'),
    reply({ status, body, stream }: Reply): string | undefined {
      const check = responses.get(status);
      if (check && stream) return undefined;
      if (check === undefined) return `status ${status} is not declared`;
      if (check === null) return body === undefined ? undefined : 'this status has no body';
      return check(body);
    },
  };
}

/** Koa is told to leave the answer alone: it goes on after the request's handling is over. */
async function sendStream(ctx: RouterContext, { status, headers = {} }: Reply, stream: NonNullable<Reply['stream']>): Promise<void> {
  ctx.status = status;
  ctx.set({ ...headers });
  ctx.respond = false;
  ctx.res.flushHeaders();
  // Whatever is wrong from here on, the headers are gone: the client sees the end, and comes back.
  await stream(ctx.res).catch((error: unknown) => {
    ctx.res.destroy();
    throw error;
  });
}

function send(ctx: RouterContext, { status, body, headers }: Reply): void {
  ctx.status = status;
  if (headers) ctx.set({ ...headers });
  // `null` would turn the status into 204.
  ctx.body = body ?? '';
  if (typeof body === 'object') ctx.type = 'application/json; charset=utf-8';
}
