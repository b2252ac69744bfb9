import type { DeliveryEndpoint } from '../../db/endpoints.js';
import { findPassage } from '../../db/passages.js';
import { randomBytes } from 'node:crypto';
import { insertAccessToken, type AccessTokenRow, type Scope } from '../../db/accessTokens.js';
import { beginAttempt, finishAttempt, type AfterAttempt, type AttemptResult } from '../../db/attempts.js';
import { insertChain, type Chain, type NewChain } from '../../db/chains.js';
import { insertCollaborator } from '../../db/collaborators.js';
import { insertComment, type CommentRow } from '../../db/comments.js';
import type { Db } from '../../db/connection.js';
import { closeDelivery, listDeliveries, type Closing, type DeliveryRow } from '../../db/deliveries.js';
import { insertOrganization, type OrganizationRow } from '../../db/organizations.js';
import { recordPush, type NewPush, type PushReceipt, type PushRow } from '../../db/pushes.js';
import { insertRegistryLogin, listRegistryLogins } from '../../db/registryLogins.js';
import { insertReport } from '../../db/reports.js';
import { findRepositoryById, insertRepository, type NewRepository, type RepositoryRow } from '../../db/repositories.js';
import type { RunRow } from '../../db/runs.js';
import { insertTeam, insertTeamMember, type TeamRow } from '../../db/teams.js';
import { insertUser, type NewUser, type UserRow } from '../../db/users.js';
import { newWebhookId, type NewWebhook } from '../../db/webhooks.js';
import { createKeyring } from '../../keys.js';
import { generateSecret } from '../../signature.js';

/** The keyring that built webhooks seal their secrets with. */
export const TEST_KEYRING = createKeyring([{ kid: 'test', key: randomBytes(32) }]);

/** scrypt with the smallest cost, for tests that log in often. The password is `password`. */
export const QUICK_HASH = 'scrypt$2$1$1$c2FsdA==$bRu4eO7pzkp7d9ekQQNXTUy/48Fa45QPD/51zV4eCvo=';

/** The callback timeout of webhooks that name none, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 3_600_000;

/** A name that no other test uses. */
export function uniqueName(prefix = 'n'): string {
  return `${prefix}${randomBytes(6).toString('hex')}`;
}

/** What a builder got, or a loud error: a builder never builds half. */
export function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} was not built`);
  return value;
}

/** A user with a namespace; nobody can log in as one whose `password_hash` is left out. */
export async function buildUser(db: Db, user: Partial<NewUser> = {}): Promise<UserRow> {
  const username = user.username ?? uniqueName('u');
  const defaults = { email: `${username}@example.com`, password_hash: '', is_admin: false };
  return must(await insertUser(db, { ...defaults, ...user, username }), 'a user');
}

/** Limits of private repositories that no test reaches. */
export const PLENTY = { user: 1000, organization: 1000 };

export type RepositoryOptions = Partial<NewRepository> & { readonly owner?: UserRow };

/** A repository in the namespace named, or of `owner`, who is built where neither is given. */
export async function buildRepository(db: Db, { owner, ...columns }: RepositoryOptions = {}): Promise<RepositoryRow> {
  const namespace = columns.namespace ?? (owner ?? (await buildUser(db))).username;
  const defaults = { name: uniqueName('r'), description: '', full_description: '', is_private: false };
  return must(await insertRepository(db, { ...defaults, ...columns, namespace }, PLENTY), 'a repository');
}

/** An organization, founded by `owner`, who is built where none is given. */
export async function buildOrganization(db: Db, { owner, name = uniqueName('o') }: { owner?: UserRow; name?: string } = {}): Promise<OrganizationRow> {
  const founder = owner ?? (await buildUser(db));
  const profile = { full_name: '', location: '', company: '', profile_url: '' };
  return must(await insertOrganization(db, { ...profile, name }, founder.id), 'an organization');
}

/** A team of an organization with these members. */
export async function buildTeam(db: Db, organization: OrganizationRow, members: readonly UserRow[] = []): Promise<TeamRow> {
  const team = await insertTeam(db, { organization_id: organization.id, name: uniqueName('t'), description: '' });
  if (team === undefined || team === 'taken') throw new Error('a team was not built');
  for (const member of members) await insertTeamMember(db, team, member.id);
  return team;
}

/** An access token of a user that does not expire. */
export async function buildAccessToken(
  db: Db, user: UserRow, { scope = 'repo:admin', repository_id = null }: { scope?: Scope; repository_id?: string | null } = {},
): Promise<{ row: AccessTokenRow; secret: string }> {
  return insertAccessToken(db, { user_id: user.id, label: 'ci', scopes: [scope], repository_id, creator_ip: '', creator_ua: '', expires: null });
}

/** A login at the registry, as `docker login` begins one. */
export async function buildRegistryLogin(
  db: Db, user: UserRow, { access_token_id = null, client_id = 'docker' }: { access_token_id?: string | null; client_id?: string } = {},
): Promise<{ id: string; token: string }> {
  const token = must(await insertRegistryLogin(db, user, { access_token_id, client_id, user_agent: 'docker/28.5.2', address: '127.0.0.1' }), 'a login');
  const { rows } = await listRegistryLogins(db, user.id, { limit: 1, offset: 0 });
  return { id: pick(rows).id, token };
}

/** A user who may push to the repository without owning it. */
export async function buildCollaborator(db: Db, repository: RepositoryRow): Promise<UserRow> {
  const user = await buildUser(db);
  await insertCollaborator(db, repository.id, user.id);
  return user;
}

/** A comment, by `author` on `repository`; each is built where none is given. */
export async function buildComment(
  db: Db, { repository, author, comment = 'a comment' }: { repository?: RepositoryRow; author?: UserRow; comment?: string } = {},
): Promise<CommentRow> {
  const { id } = repository ?? (await buildRepository(db));
  return must(await insertComment(db, id, { user_id: (author ?? (await buildUser(db))).id, comment }), 'a comment');
}

/** The id of a report of a comment, by a user who is built. */
export async function buildReport(db: Db, comment: CommentRow): Promise<string> {
  const { id: user_id } = await buildUser(db);
  if (!(await insertReport(db, comment, { user_id, reason: 'a reason' }))) throw new Error('a report was not built');
  const row = await db('reports').where({ comment_id: comment.id, user_id }).first<{ id: string } | undefined>('id');
  return must(row, 'a report').id;
}

export type WebhookOptions = Partial<Omit<NewWebhook, 'position' | 'secret'>>;

/** Columns of a webhook at a position, with a sealed secret. */
export function describeWebhook(position: number, options: WebhookOptions = {}): NewWebhook {
  const id = options.id ?? newWebhookId();
  const defaults = {
    name: `hook ${position}`,
    hook_url: `https://hook${position}.example/`,
    expect_callback: null,
    callback_timeout_ms: null,
    require_signed_callback: false,
  };
  return { ...defaults, ...options, id, position, secret: TEST_KEYRING.seal(generateSecret(), id) };
}

export type ChainOptions = Partial<NewChain> & {
  readonly repository?: RepositoryRow;
  /** How many, or what each of them says. */
  readonly webhooks?: number | readonly WebhookOptions[];
};

/** A chain, of one webhook where nothing else is said, in a repository that is built where none is given. */
export async function buildChain(db: Db, { repository, webhooks = 1, ...columns }: ChainOptions = {}): Promise<Chain> {
  const { id } = repository ?? (await buildRepository(db));
  const options = typeof webhooks === 'number' ? Array.from({ length: webhooks }, () => ({})) : webhooks;
  const rows = options.map((option, index) => describeWebhook(index + 1, option));
  const slug = columns.slug ?? uniqueName('c');
  const defaults = { name: slug, expect_final_callback: null, active: true, creator: null };
  const chain = await insertChain(db, id, { ...defaults, ...columns, slug, webhooks: rows, limit: 50 });
  if (typeof chain === 'string') throw new Error(`a chain was not built: ${chain}`);
  return chain;
}

export type PushOptions = Partial<Omit<NewPush, 'repository_id'>> & {
  readonly repository?: Pick<RepositoryRow, 'id'>;
  /** Limits the push to this chain, as a test push does. */
  readonly chain?: Chain;
};

/** A push as a request records it, with the runs that it starts. */
export async function buildPush(db: Db, { repository, chain, ...columns }: PushOptions = {}): Promise<PushReceipt> {
  const repository_id = repository?.id ?? chain?.repository_id ?? (await buildRepository(db)).id;
  const push: NewPush = {
    tag: 'latest',
    digest: null,
    images: '[]',
    media_type: null,
    size: null,
    pusher: 'pusher',
    is_test: false,
    idempotency_key: null,
    request_hash: null,
    ...columns,
    repository_id,
  };
  const receipt = await recordPush(db, push, { defaultTimeoutMs: DEFAULT_TIMEOUT_MS, ...(chain ? { chain } : {}) });
  return must(receipt, 'the repository of the push');
}

/** A run and everything around it. */
export interface BuiltRun {
  readonly repository: RepositoryRow;
  readonly chain: Chain;
  readonly push: PushRow;
  readonly run: RunRow;
  readonly deliveries: readonly DeliveryRow[];
}

export type RunOptions = ChainOptions & {
  /** An existing chain, in place of one built from the other options. */
  readonly of?: Chain;
  readonly push?: Omit<PushOptions, 'repository' | 'chain'>;
};

/** A queued run of one push through one chain. */
export async function buildRun(db: Db, { of, push: columns, ...options }: RunOptions = {}): Promise<BuiltRun> {
  const chain = of ?? (await buildChain(db, options));
  const repository = must(await findRepositoryById(db, chain.repository_id), 'a repository');
  const { push, runs } = await buildPush(db, { ...columns, chain });
  const run = must(runs[0], 'a run');
  return { repository, chain, push, run, deliveries: await listDeliveries(db, run.id) };
}

/** The n-th item, which must be there. */
export function pick<T>(items: readonly T[], index = 0): T {
  return must(items[index], `item ${index}`);
}

/** What a receiver that took the request answered. */
export const ANSWERED: AttemptResult = {
  duration_ms: 12,
  status: 200,
  error: null,
  error_detail: null,
  request_headers: '{"content-type":"application/json"}',
  request_body: '{}',
  response_headers: '{"server":"test"}',
  response_body: 'ok',
};

/** One whole attempt: the request begins, brings `result`, and the delivery goes where `after` says. */
export async function attempt(
  db: Db,
  deliveryId: string,
  { after = { kind: 'wait', callbackDue: dueIn(DEFAULT_TIMEOUT_MS) }, result = ANSWERED }: { after?: AfterAttempt; result?: AttemptResult } = {},
): Promise<DeliveryRow> {
  const begun = must(await beginAttempt(db, deliveryId), 'an attempt');
  const number = begun.attempt_count;
  return must(await finishAttempt(db, { deliveryId, number, result, after }), 'an attempt');
}

/** A moment so many milliseconds from now, as columns hold it. */
export function dueIn(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}

/** The request of this delivery is under way. */
export async function advanceToDelivering(db: Db, deliveryId: string): Promise<DeliveryRow> {
  return must(await beginAttempt(db, deliveryId), 'an attempt');
}

/** The receiver took the request, and its callback is awaited. */
export async function advanceToWaiting(db: Db, deliveryId: string): Promise<DeliveryRow> {
  return attempt(db, deliveryId);
}

/** The receiver was called and its callback closed the delivery. */
export async function advanceToClosed(db: Db, deliveryId: string, state: 'success' | 'failure' | 'error' = 'success'): Promise<void> {
  await advanceToWaiting(db, deliveryId);
  await closeDelivery(db, describeCallback(deliveryId, state));
}

/** A closing by callback. */
export function describeCallback(id: string, state: 'success' | 'failure' | 'error'): Closing {
  const callback = { state, description: `says ${state}`, context: 'ci', target_url: 'https://ci.example/1' };
  return { id, state, reason: state === 'success' ? null : 'callback', callback };
}

/** The endpoint of a delivery, as an attempt sees it. */
export async function findEndpoint(db: Db, deliveryId: string): Promise<DeliveryEndpoint | undefined> {
  return (await findPassage(db, deliveryId))?.endpoint;
}
