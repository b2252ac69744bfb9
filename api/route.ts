import type { ServerResponse } from 'node:http';
import type { TObject, TSchema } from '@sinclair/typebox';
import type { Db } from '../db/connection.js';
import type { NamespaceRow } from '../db/namespaces.js';
import type { OrganizationRow } from '../db/organizations.js';
import type { RepositoryRow } from '../db/repositories.js';
import type { AuditAction } from './audit.js';
import type { Caller } from './auth.js';
import type { BodyType } from './body.js';
import type { ErrorCode } from './errors.js';
import type { Hub } from './hub.js';
import type { Found, Right } from './policy.js';

/** One request as a handler sees it: checked, and allowed. */
export interface Call<Params = unknown, Query = unknown, Body = unknown> {
  readonly hub: Hub;
  readonly db: Db;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** The body as it was sent, for signatures. */
  readonly rawBody: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly caller: Caller | undefined;
  /** What the path names, where the right looks it up. */
  readonly found: Found;
  /** Where the request comes from. */
  readonly address: string;
  /** Path and query of this request, for the links of pages. */
  readonly url: string;
  /** @throws ApiError 401, 403, 404 where who asked may not ask so any more; for answers that last. */
  recheck(): Promise<void>;
}

export interface Reply {
  readonly status: number;
  readonly body?: object | string;
  /** In place of a body: writes the answer, and ends it in its own time. */
  readonly stream?: (response: ServerResponse) => Promise<void>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Null: nothing has happened. */
  readonly audit?: AuditNote | null;
}

/** What a handler adds to the audit log's entry; by default it concerns the repository or organization of the path. */
export interface AuditNote {
  readonly account?: string;
  readonly name?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A route as data: mounting, checks, the API document and the table of rights come from it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `:name` parameters, without trailing slash; both forms are served. */
  readonly path: string;
  readonly summary: string;
  /** Longer text for the API document, Markdown. */
  readonly description?: string;
  readonly may: Right;
  readonly params?: TObject;
  readonly query?: TObject;
  /** Request headers that mean something here, by lower-case name. */
  readonly headers?: TObject;
  readonly body?: TObject;
  /** JSON where none is named. */
  readonly bodyType?: BodyType;
  /** Whether tokens for the registry count here as `Bearer`. */
  readonly takesRegistryTokens?: boolean;
  /** Whether errors hold what the registry's clients read and show as well. */
  readonly registryErrors?: boolean;
  /** What a client of the registry is to ask a token for when it comes without one. */
  readonly challengeScope?: string;
  /** Whether no body is refused: see `readAnyBody`. */
  readonly takesAnyBody?: boolean;
  /** Whether who calls is no user here: `Authorization` is not read as one's, and left to the handler. */
  readonly isCalledByOthers?: boolean;
  /** Largest body in bytes. */
  readonly bodyLimit?: number;
  /** Media type and schema of each status; `null` is an answer without a body. */
  readonly responses: Readonly<Record<number, TSchema | null>>;
  readonly errors: readonly ErrorCode[];
  /** What the audit log calls a success of this route. It is written before the answer leaves. */
  readonly audit?: AuditAction;
  handler(call: Call): Promise<Reply>;
}

type Read<T> = T extends { static: infer S } ? S : unknown;

/** The parts of a route whose types its handler takes over. */
interface Typed<P extends TObject | undefined, Q extends TObject | undefined, B extends TObject | undefined>
  extends Omit<Route, 'params' | 'query' | 'body' | 'handler'> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  handler(call: Call<Read<P>, Read<Q>, Read<B>>): Promise<Reply>;
}

/** Defines a route; its handler's types are those of its schemas. */
export function defineRoute<
  P extends TObject | undefined = undefined,
  Q extends TObject | undefined = undefined,
  B extends TObject | undefined = undefined,
>(route: Typed<P, Q, B>): Route {
  return route as unknown as Route;
}

/** The same route at another address of Docker Hub's; its parameters keep their names. */
export function alias(route: Route, path: string): Route {
  return { ...route, path, description: `The same as \`${route.path}/\`.` };
}

/** The repository of a call whose right begins with `repository:`. */
export function getRepository({ found }: Pick<Call, 'found'>): RepositoryRow {
  return getFound(found.repository, 'repository');
}

/** The organization of a call whose right begins with `organization:`. */
export function getOrganization({ found }: Pick<Call, 'found'>): OrganizationRow {
  return getFound(found.organization, 'organization');
}

/** The namespace of a call whose right begins with `namespace:`. */
export function getNamespace({ found }: Pick<Call, 'found'>): NamespaceRow {
  return getFound(found.namespace, 'namespace');
}

function getFound<T>(value: T | undefined, word: string): T {
  if (!value) throw new Error(`this route has no ${word}: its right must begin with ${word}:`);
  return value;
}

/** The caller of a route that nobody may use unnamed. */
export function getCaller({ caller }: Pick<Call, 'caller'>): Caller {
  if (!caller) throw new Error('this route has no caller: its right must ask for one');
  return caller;
}
