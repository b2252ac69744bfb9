import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Chain } from '../../db/chains.js';
import { openDatabase, type Db } from '../../db/connection.js';
import { createKeyring, loadOwnKey } from '../../keys.js';
import { Child } from '../e2e/child.js';
import { Api } from '../e2e/api.js';
import { advanceToWaiting, buildChain, buildRepository, buildRun, pick } from '../helpers/builders.js';
import { pollUntil } from '../helpers/poll.js';
import { freePort } from '../helpers/ports.js';

const PASSWORD = 'correct horse battery';
const SERVER = new URL('../../api/server.js', import.meta.url).pathname;
/** Receivers that will call back, in each round. */
const CALLBACKS = 40;
/** More than any round lets happen. */
const PUSHES = 5000;

/** A data directory with an API over it, whose process the system kills at a chosen sync of its disk. */
export interface DiskDrill {
  /** One life of the API, ended at its n-th sync, under pushes and callbacks. @throws Error where something acknowledged is gone, or the file is not sound */
  runRound(nth: number): Promise<Round>;
}

/** What came of a life. */
export interface Round {
  readonly nth: number;
  /** Pushes and callbacks that were acknowledged, all of which were found afterwards. */
  readonly acknowledged: number;
  /** Those found that nobody was told of: committed, and killed before the answer. */
  readonly unanswered: number;
}

interface Acknowledged {
  readonly pushes: Set<string>;
  readonly callbacks: Set<string>;
}

/** Makes the directory's database and its administrator; `dir` is the caller's. */
export async function prepareDrill(dir: string): Promise<DiskDrill> {
  const port = await freePort();
  const env = describeEnvironment(dir, port);
  const api = new Api(`http://127.0.0.1:${port}`);
  const first = new Child({ script: SERVER, env, cwd: dir });
  try {
    await waitForAnswer(api, first);
    await api.login('admin', PASSWORD);
  } finally {
    await first.kill('SIGTERM');
  }
  const chain = await withDatabase(dir, async (db) => {
    const repository = await buildRepository(db, { namespace: 'admin', name: 'disk' });
    return buildChain(db, { repository, expect_final_callback: true });
  });
  return {
    async runRound(nth) {
      const [deliveries, before] = await withDatabase(dir, async (db) => [await prepareDeliveries(db, chain), await readRecorded(db)] as const);
      const acknowledged = { pushes: new Set<string>(), callbacks: new Set<string>() };
      await live({ dir, env, api, nth, deliveries, acknowledged });
      const found = await withDatabase(dir, async (db) => ({ after: await readRecorded(db), integrity: (await db.raw('PRAGMA integrity_check')) as unknown }));
      return compare(nth, acknowledged, { before, ...found });
    },
  };
}

/** Nobody else has the file open while the API dies: whoever opens it next finds what a start finds. */
async function withDatabase<T>(dir: string, use: (db: Db) => Promise<T>): Promise<T> {
  const db = openDatabase(`sqlite:${join(dir, 'hookline.db')}`);
  try {
    return await use(db);
  } finally {
    await db.destroy();
  }
}

function describeEnvironment(dir: string, port: number): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOOKLINE_ADDRESS: `127.0.0.1:${port}`,
    HOOKLINE_DATA_DIR: dir,
    HOOKLINE_ADMIN_PASSWORD: PASSWORD,
    HOOKLINE_LOG_LEVEL: 'error',
    // The webhooks are built by the tests, with a key of theirs.
    HOOKLINE_KEY_CHECK: 'off',
    // Nobody answers there: what is accepted is accepted without it.
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    // The count is of each thread: all of SQLite is then on one.
    UV_THREADPOOL_SIZE: '1',
  };
}

async function waitForAnswer(api: Api, child: Child): Promise<boolean> {
  return pollUntil('an answer of the API', async () => {
    if (!child.isRunning) return 'dead' as const;
    const answer = await api.ask('GET', '/healthz').catch(() => undefined);
    return answer?.status === 200 && ('alive' as const);
  }, 90_000).then((state) => state === 'alive');
}

async function prepareDeliveries(db: Db, chain: Chain): Promise<string[]> {
  const ids: string[] = [];
  for (let count = 0; count < CALLBACKS; count += 1) {
    const { id } = pick((await buildRun(db, { of: chain })).deliveries);
    await advanceToWaiting(db, id);
    ids.push(id);
  }
  return ids;
}

interface Life {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly api: Api;
  readonly nth: number;
  readonly deliveries: readonly string[];
  readonly acknowledged: Acknowledged;
}

async function live({ dir, env, api, nth, deliveries, acknowledged }: Life): Promise<void> {
  const inject = `inject=fsync,fdatasync:signal=SIGKILL:when=${nth}`;
  const within = ['strace', '--quiet=all', '-f', '-o', '/dev/null', '-e', 'trace=fsync,fdatasync', '-e', inject];
  const child = new Child({ script: SERVER, env, cwd: dir, within });
  try {
    if (await waitForAnswer(api, child)) {
      const keyring = createKeyring([loadOwnKey(dir)]);
      await Promise.all([
        pushUntilDead(api, acknowledged.pushes),
        callBackUntilDead(api, deliveries.map((id) => ({ id, token: keyring.mintCallbackToken(id) })), acknowledged.callbacks),
      ]);
    }
    const end = await child.ended();
    if (end !== 'SIGKILL') throw new Error(`the API was not killed at sync ${nth}, it ended with ${end}:\n${child.output}`);
  } finally {
    killTree(child);
  }
}

/** strace would let its program go on. */
function killTree(child: Child): void {
  if (!child.isRunning || child.pid === undefined) return;
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  for (const pid of [...children, child.pid]) process.kill(pid, 'SIGKILL');
}

async function pushUntilDead(api: Api, pushes: Set<string>): Promise<void> {
  for (let count = 0; count < PUSHES; count += 1) {
    const answer = await api.ask<{ id: string }>('POST', '/v2/repositories/admin/disk/pushes/', {}).catch(() => undefined);
    if (!answer) return;
    if (answer.status !== 202) throw new Error(`a push was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    pushes.add(answer.body.id);
  }
  throw new Error(`the API took ${PUSHES} pushes and was not killed`);
}

async function callBackUntilDead(api: Api, deliveries: readonly { id: string; token: string }[], callbacks: Set<string>): Promise<void> {
  for (const { id, token } of deliveries) {
    const answer = await api.ask('POST', `/u/admin/disk/hook/${token}/`, { state: 'success' }).catch(() => undefined);
    if (!answer) return;
    if (answer.status !== 200) throw new Error(`a callback was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    callbacks.add(id);
  }
}

interface Recorded {
  readonly pushes: ReadonlySet<string>;
  readonly callbacks: ReadonlySet<string>;
}

async function readRecorded(db: Db): Promise<Recorded> {
  const pushes = await db<{ id: string }>('pushes').select('id');
  const callbacks = await db<{ delivery_id: string }>('callbacks').select('delivery_id');
  return { pushes: new Set(pushes.map(({ id }) => id)), callbacks: new Set(callbacks.map(({ delivery_id }) => delivery_id)) };
}

function compare(nth: number, acknowledged: Acknowledged, { before, after, integrity }: { before: Recorded; after: Recorded; integrity: unknown }): Round {
  const said = JSON.stringify(integrity);
  if (said !== '[{"integrity_check":"ok"}]') throw new Error(`killed at sync ${nth} the file is not sound: ${said}`);
  const lost = [
    ...[...acknowledged.pushes].filter((id) => !after.pushes.has(id)),
    ...[...acknowledged.callbacks].filter((id) => !after.callbacks.has(id)),
  ];
  if (lost.length > 0) throw new Error(`killed at sync ${nth} these were acknowledged and are lost: ${lost.join(', ')}`);
  const written = after.pushes.size + after.callbacks.size - before.pushes.size - before.callbacks.size;
  const count = acknowledged.pushes.size + acknowledged.callbacks.size;
  // Killed by a signal, what was written stays in the system's memory: only the count tells that each answer had its sync.
  if (count >= nth) throw new Error(`${count} acknowledged on ${nth - 1} syncs: not everything waited for the disk`);
  return { nth, acknowledged: count, unanswered: written - count };
}
