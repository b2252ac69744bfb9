import { STATUS_CODES } from 'node:http';
import type { TObject, TSchema } from '@sinclair/typebox';
import { VERSION } from '../version.js';
import { nameCookie } from './cookies.js';
import { ERRORS, type ErrorCode } from './errors.js';
import type { Right } from './policy.js';
import type { Route } from './route.js';
import { listErrors } from './routeErrors.js';
import { WebhookPayload } from './schemas/payload.js';

type Json = Record<string, unknown>;

const SECURITY = [{ token: [] }, { basic: [] }, { session: [] }];
/** Rights that nobody needs a token for; who sends one sees more. */
const OPEN: readonly Right[] = ['anyone', 'signup', 'repository:read'];

/** Schemas with a title are written once, under components, and referred to. */
class Components {
  readonly schemas: Record<string, unknown> = {};

  /** The schema as JSON, with a reference in place of every titled one. */
  refer(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map((item) => this.refer(item));
    if (typeof schema !== 'object' || schema === null) return schema;
    const { title } = schema as { title?: unknown };
    if (typeof title !== 'string') return this.referAll(schema);
    this.schemas[title] ??= this.referAll(schema);
    return { $ref: `#/components/schemas/${title}` };
  }

  private referAll(schema: object): Json {
    return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, this.refer(value)]));
  }
}

const ERROR_SCHEMA = {
  type: 'object',
  required: ['code', 'message', 'detail'],
  properties: {
    code: { type: 'string', enum: Object.keys(ERRORS) },
    message: { type: 'string' },
    detail: { type: 'string' },
    fields: { type: 'object', additionalProperties: { type: 'string' }, description: 'On invalid_input: what is wrong with which field' },
  },
};

/** The API as an OpenAPI 3.1 document, made from the routes themselves. */
export function createOpenApi(routes: readonly Route[], publicUrl: string): Json {
  const components = new Components();
  const payload = components.refer(WebhookPayload);
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = `${route.path.replace(/:(\w+)/g, '{$1}')}${route.path.startsWith('/v2') || route.path.startsWith('/u') ? '/' : ''}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeOperation(route, components) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Hookline', version: VERSION, description: 'An image hub where every push starts a durable chain of webhooks. Every path is served with and without trailing slash.' },
    servers: [{ url: publicUrl }],
    paths,
    webhooks: { push: { post: describeWebhook(payload) } },
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The token of a login, or an access token' },
        session: { type: 'apiKey', in: 'cookie', name: nameCookie({ publicUrl }), description: 'A browser’s session, at addresses under `/v2/`. What changes something needs `X-Hookline-Request: 1` with it' },
        basic: { type: 'http', scheme: 'basic', description: 'Name and password, or name and access token' },
      },
      schemas: { ...components.schemas, Error: ERROR_SCHEMA },
    },
  };
}

function describeOperation(route: Route, components: Components): Json {
  const { method, path, summary, description, may, body, bodyType = 'application/json' } = route;
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[^A-Za-z0-9]+(\w)?/g, (_, letter: string = '') => letter.toUpperCase())}`,
    summary,
    ...(description === undefined ? {} : { description }),
    'x-who-may': may,
    tags: [findTag(path)],
    security: OPEN.includes(may) ? [{}, ...SECURITY] : SECURITY,
    parameters: [
      ...listParameters(route.params, 'path', components),
      ...listParameters(route.query, 'query', components),
      ...listParameters(route.headers, 'header', components),
    ],
    ...(body ? { requestBody: { required: needsBody(body), content: { [bodyType]: { schema: components.refer(body) } } } } : {}),
    responses: { ...describeReplies(route, components), ...describeErrors(listErrors(route)) },
  };
}

/** No body at all is read as an empty object. */
function needsBody({ required = [] }: TObject): boolean {
  return required.length > 0;
}

/** Parts of a path, and under which heading its route stands; the first that fits counts. */
const TAGS: Readonly<Record<string, string>> = {
  '/search': 'search',
  '/_ping': 'search',
  '/admin/registry/': 'registry',
  '/admin/': 'administration',
  '/source': 'builds',
  '/inbound': 'pushes',
  '/builds': 'builds',
  '/webhook_pipeline': 'chains',
  '/webhooks': 'chains',
  '/pushes': 'pushes',
  '/runs': 'runs',
  '/hook/': 'callbacks',
  '/receive': 'test receivers',
  '/collaborators': 'collaborators',
  '/stars': 'stars and comments',
  '/starred': 'stars and comments',
  '/comments': 'stars and comments',
  '/tags': 'tags',
  '/manifests': 'tags',
  '/auditlogs': 'audit log',
  '/registry-logins': 'registry',
  '/access-tokens': 'access tokens',
  '/api_tokens': 'access tokens',
  '/login': 'login',
  '/logout': 'login',
  '/session': 'login',
  '/auth/': 'login',
  '/token': 'registry',
  '/_catalog': 'registry',
  '/events': 'registry',
  '/registry-settings': 'accounts',
  '/accounts/': 'accounts',
  '/invites': 'organizations',
  '/groups': 'teams',
  '/orgs': 'organizations',
  '/repositories': 'repositories',
  '/user': 'accounts',
};

function findTag(path: string): string {
  return Object.entries(TAGS).find(([part]) => path.includes(part))?.[1] ?? 'system';
}

function listParameters(schema: Route['params'], place: string, components: Components): Json[] {
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: components.refer(property),
  }));
}

function describeReplies(route: Route, components: Components): Json {
  return Object.fromEntries(
    Object.entries(route.responses).map(([status, schema]) => [status, describeReply(status, schema, components)]),
  );
}

function describeReply(status: string, schema: TSchema | null, components: Components): Json {
  if (!schema) return { description: STATUS_CODES[status] ?? status };
  const type = (schema as { contentMediaType?: string }).contentMediaType ?? 'application/json';
  return { description: STATUS_CODES[status] ?? status, content: { [type]: { schema: components.refer(schema) } } };
}

/** Errors of one status stand together: the code tells them apart. */
function describeErrors(codes: readonly ErrorCode[]): Json {
  const statuses = new Map<number, ErrorCode[]>();
  for (const code of codes) statuses.set(ERRORS[code].status, [...(statuses.get(ERRORS[code].status) ?? []), code]);
  return Object.fromEntries(
    [...statuses].map(([status, found]) => [
      status,
      { description: found.map((code) => `\`${code}\`: ${ERRORS[code].message}`).join('; '), content: asJson({ $ref: '#/components/schemas/Error' }) },
    ]),
  );
}

function describeWebhook(payload: unknown): Json {
  const header = (name: string, description: string) => ({ name, in: 'header', required: true, description, schema: { type: 'string' } });
  return {
    summary: 'What a receiver gets after a push',
    description: 'Signed by the Standard Webhooks specification. Answer 2xx, then POST a callback to `callback_url`.',
    parameters: [
      header('webhook-id', 'The delivery’s id, the same over all attempts'),
      header('webhook-timestamp', 'Seconds since the epoch, of this attempt'),
      header('webhook-signature', 'One `v1,…` signature per valid secret'),
    ],
    requestBody: { required: true, content: asJson(payload) },
    responses: {
      '2XX': { description: 'Taken' },
      410: { description: 'Never call again: the chain stops' },
      default: { description: 'Tried again later' },
    },
  };
}

function asJson(schema: unknown): Json {
  return { 'application/json': { schema } };
}
