import { randomBytes } from 'node:crypto';
import type { Answer, ChainView, RunView } from '../e2e/api.js';
import { pollUntil } from '../helpers/poll.js';
import type { ShownRepository } from './logs.js';

const DEADLINE = 20_000;
const PAGE = 100;
/** A hub that has just come back takes its time. */
const PATIENCE = 300_000;

/** What a request carries besides its path. */
export interface Sent {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

interface PageOf<T> {
  readonly count: number;
  readonly results: readonly T[];
}

/** One user of the hub, who owns repositories of his own and sees those alone. */
export class Tenant {
  private token = '';

  constructor(private readonly url: string, readonly name: string, readonly password: string) {}

  /** Of every request of his. */
  get headers(): Readonly<Record<string, string>> {
    return { 'content-type': 'application/json', ...(this.token && { authorization: `Bearer ${this.token}` }) };
  }

  /** How the hub answered; undefined where it did not. */
  async ask<T>(method: string, path: string, { body, headers }: Sent = {}): Promise<Answer<T> | undefined> {
    try {
      const response = await fetch(this.url + path, {
        method,
        headers: { ...this.headers, ...headers },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(DEADLINE),
      });
      const text = await response.text();
      return { status: response.status, body: (text ? JSON.parse(text) : undefined) as T };
    } catch {
      // Nobody there, or gone before the answer: the caller decides whether to ask again.
      return undefined;
    }
  }

  /** Asks until the hub has an answer. @throws Error for one that is not 2xx. */
  async insist<T>(method: string, path: string, sent: Sent = {}): Promise<T> {
    const answer = await pollUntil(`an answer to ${method} ${path}`, async () => {
      const found = await this.ask<T>(method, path, sent);
      return found && found.status !== 503 && found;
    }, PATIENCE);
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async login(): Promise<void> {
    const { name: username, password } = this;
    this.token = (await this.insist<{ token: string }>('POST', '/v2/users/login', { body: { username, password } })).token;
  }

  /** What must stand in no log: password and session. */
  get secrets(): readonly string[] {
    return [this.password, this.token];
  }

  /** A new repository, by its full name. */
  async createRepository(): Promise<string> {
    const name = `r-${randomBytes(6).toString('hex')}`;
    await this.insist('POST', '/v2/repositories/', { body: { namespace: this.name, name } });
    return `${this.name}/${name}`;
  }

  async createChain(repository: string, chain: object): Promise<ChainView> {
    return this.insist('POST', `/v2/repositories/${repository}/webhook_pipeline/`, { body: { name: 'chain', ...chain } });
  }

  /** How many runs of a repository are not over. */
  async countOpen(repository: string): Promise<number> {
    const counts = await Promise.all(['queued', 'running'].map(async (state) =>
      (await this.insist<PageOf<RunView>>('GET', `/v2/repositories/${repository}/runs/?state=${state}&page_size=1`)).count,
    ));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** All that the hub shows of a repository. */
  async read(repository: string): Promise<ShownRepository> {
    const path = `/v2/repositories/${repository}`;
    const pushes = await this.readAll<ShownRepository['pushes'][number]>(`${path}/pushes/`);
    return { repository, pushes, runs: await this.readAll<RunView>(`${path}/runs/`) };
  }

  private async readAll<T>(path: string): Promise<T[]> {
    const all: T[] = [];
    for (let page = 1; ; page += 1) {
      const { results, count } = await this.insist<PageOf<T>>('GET', `${path}?page=${page}&page_size=${PAGE}`);
      all.push(...results);
      if (all.length >= count || results.length === 0) return all;
    }
  }
}
