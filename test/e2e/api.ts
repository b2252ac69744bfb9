import { randomBytes } from 'node:crypto';
import type { Static } from '@sinclair/typebox';
import type { AcceptedPush, Run } from '../../api/schemas/runs.js';
import type { Chain } from '../../api/schemas/chains.js';
import { pollUntil } from '../helpers/poll.js';
import type { Receiver } from '../helpers/receiver.js';

export type RunView = Static<typeof Run>;
export type ChainView = Static<typeof Chain>;
export type PushView = Static<typeof AcceptedPush>;

/** How the hub answered: nothing is thrown for a status. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** Options of a webhook beyond its URL; names are given by position. */
export type WebhookOptions = Readonly<Record<string, unknown>>;

/** The hub's HTTP API, as any client uses it. */
export class Api {
  private token = '';

  constructor(readonly url: string) {}

  /** The token that requests carry. */
  get bearer(): string {
    return this.token;
  }

  async login(username: string, password: string): Promise<void> {
    this.token = '';
    this.token = (await this.post<{ token: string }>('/v2/users/login', { username, password })).token;
  }

  /** Any request, any answer. */
  async ask<T>(method: string, path: string, body?: object): Promise<Answer<T>> {
    const headers = { 'content-type': 'application/json', ...(this.token && { authorization: `Bearer ${this.token}` }) };
    const response = await fetch(this.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : undefined) as T };
  }

  /** @throws Error for any answer but 2xx. */
  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await this.ask<T>(method, path, body);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }

  get<T>(path: string): Promise<T> {
    return this.call('GET', path);
  }

  post<T>(path: string, body: object = {}): Promise<T> {
    return this.call('POST', path, body);
  }

  /** A new repository of the administrator, under a name of its own unless one is given. */
  async createRepository({ name = `r-${randomBytes(6).toString('hex')}`, ...fields }: { readonly name?: string } = {}): Promise<Repository> {
    await this.post('/v2/repositories/', { namespace: 'admin', name, ...fields });
    return new Repository(this, `admin/${name}`);
  }
}

/** One repository of the hub. */
export class Repository {
  readonly path: string;

  constructor(readonly api: Api, readonly fullName: string) {
    this.path = `/v2/repositories/${fullName}`;
  }

  /** A chain over these receivers in their order; `each` holds options of the webhooks by index. */
  createChain(receivers: readonly Receiver[], fields: object = {}, each: readonly WebhookOptions[] = []): Promise<ChainView> {
    const webhooks = receivers.map(({ url }, index) => ({ name: `hook ${index + 1}`, hook_url: url, ...each[index] }));
    return this.api.post(`${this.path}/webhook_pipeline/`, { name: 'chain', ...fields, webhooks });
  }

  push(body: object = {}): Promise<PushView> {
    return this.api.post(`${this.path}/pushes/`, body);
  }

  /** Pushes and answers the id of the one run that this starts. */
  async pushOnce(body: object = {}): Promise<string> {
    const { runs: [run, ...others] } = await this.push(body);
    if (!run || others.length > 0) throw new Error(`the push started ${others.length + (run ? 1 : 0)} runs, not one`);
    return run.id;
  }

  run(id: string): Promise<RunView> {
    return this.api.get(`${this.path}/runs/${id}/`);
  }

  /** The run once it looks as it should. @throws Error that shows how it looked last. */
  async waitForRun(id: string, what: string, accept: (run: RunView) => boolean, timeoutMs?: number): Promise<RunView> {
    let last: RunView | undefined;
    try {
      return await pollUntil(what, async () => {
        last = await this.run(id);
        return accept(last) && last;
      }, timeoutMs);
    } catch (error) {
      throw new Error(`${String(error)}; the run was ${JSON.stringify(last && summarize(last))}`, { cause: error });
    }
  }

  /** The run once it is over, however it ended. */
  waitForEnd(id: string, timeoutMs?: number): Promise<RunView> {
    return this.waitForRun(id, 'the end of the run', ({ finished }) => finished !== null, timeoutMs);
  }

  /** The run once its n-th delivery, from 1, is in that state. */
  waitForDelivery(id: string, position: number, state: string): Promise<RunView> {
    return this.waitForRun(id, `delivery ${position} ${state}`, ({ deliveries }) => deliveries[position - 1]?.state === state);
  }

  cancel(id: string): Promise<Answer<RunView>> {
    return this.api.ask('POST', `${this.path}/runs/${id}/cancel`);
  }

  redeliver(id: string, from: 'start' | 'failed'): Promise<RunView> {
    return this.api.post(`${this.path}/runs/${id}/redeliver`, { from });
  }
}

/** States of a run's deliveries in order, with their reasons: `success`, `error callback_timeout`, … */
export function summarize({ state, deliveries }: RunView): { state: string; deliveries: string[] } {
  return { state, deliveries: deliveries.map((one) => [one.state, one.reason].filter(Boolean).join(' ')) };
}
