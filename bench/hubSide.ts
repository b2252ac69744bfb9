import { chainDigest } from './chain.js';
import { login, request } from './client.js';
import { openInspector, type Inspector } from './floor/inspect.js';
import { post } from './http.js';
import { listFamily } from './procfs.js';
import type { Receivers } from './receiverPool.js';
import type { Side } from './side.js';

/** The hub as the tool started it. */
export interface HubPlan {
  readonly url: string;
  readonly pid: number;
  readonly temporal: { readonly address: string; readonly namespace: string; readonly pid: number };
  /** The process of the database server, where there is one and it is on this machine. */
  readonly databasePid?: number;
  readonly durability: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
}

/** How the chain looks that is pushed. */
export interface ChainShape {
  readonly hops: number;
  /** Milliseconds until the receivers call back, or until the bench says so. */
  readonly delay: number | 'hold';
  /** Length of the repository's full_description, which every webhook carries. */
  readonly description?: number;
}

/** How many of the workflows started last are looked at. */
const WATCHED = 16;

/** The hub, over its public API; a repository and a chain of its own for each call. */
export class HubSide implements Side {
  readonly name = 'hub';
  private readonly recent: string[] = [];
  private pushes = 0;

  private constructor(
    private readonly plan: HubPlan,
    private readonly inspector: Inspector,
    private readonly repository: { readonly path: string; readonly token: string },
  ) {}

  static async open(plan: HubPlan, receivers: Receivers, { hops, delay, description = 0 }: ChainShape): Promise<HubSide> {
    const token = await logInOnce();
    const name = `bench-${Date.now().toString(36)}`;
    const path = `/v2/repositories/admin/${name}`;
    await request('/v2/repositories/', { token, body: { namespace: 'admin', name, full_description: 'x'.repeat(description) } });
    const webhooks = Array.from({ length: hops }, (_, index) => ({
      name: `hop ${index + 1}`,
      hook_url: receivers.hook({ side: 'hub', position: index + 1, hops, delay }),
    }));
    // A chain of one webhook expects a callback only where it says so.
    await request(`${path}/webhook_pipeline/`, { token, body: { name: 'bench', expect_final_callback: true, webhooks } });
    const inspector = await openInspector(plan.temporal.address, plan.temporal.namespace);
    return new HubSide(plan, inspector, { path, token });
  }

  /** The repository's name with its namespace. */
  get fullName(): string {
    return this.repository.path.split('/').slice(3).join('/');
  }

  get durability() {
    return this.plan.durability;
  }

  get versions() {
    return this.plan.versions;
  }

  processes() {
    const { pid, temporal, databasePid } = this.plan;
    return { hub: [pid], temporal: [temporal.pid], ...(databasePid === undefined ? {} : { database: listFamily(databasePid) }) };
  }

  async push(chain: number) {
    const { path, token } = this.repository;
    const body = { tag: 'latest', digest: chainDigest(chain) };
    const { status, text, ms } = await post(`${this.plan.url}${path}/pushes/`, body, { authorization: `Bearer ${token}` });
    if (status !== 202) throw new Error(`a push was answered ${status}: ${text}`);
    this.pushes += 1;
    const { runs } = JSON.parse(text) as { runs: { id: string }[] };
    this.recent.push(...runs.map(({ id }) => `run/${id}`));
    this.recent.splice(0, this.recent.length - WATCHED);
    return { ms };
  }

  settle() {
    return this.inspector.settle(this.recent);
  }

  cost() {
    return this.inspector.cost(this.recent);
  }

  async countLost() {
    const { path, token } = this.repository;
    const { count } = await request<{ count: number }>(`${path}/runs/?state=success&page_size=1`, { token });
    return this.pushes - count;
  }

  /** How long the list of runs takes: milliseconds. */
  async timeList(): Promise<number> {
    const { path, token } = this.repository;
    const started = performance.now();
    await request(`${path}/runs/?page_size=25`, { token });
    return performance.now() - started;
  }

  stop() {
    return this.inspector.close();
  }
}

let session: Promise<string> | undefined;

/** Logins are limited and slow on purpose: one serves the whole run. */
function logInOnce(): Promise<string> {
  return (session ??= login());
}
