import { openActivityHub } from '../activities/hub.js';
import { createHands } from '../../activities/hands.js';
import type { Hub } from '../../activities/hub.js';
import type { Chain } from '../../db/chains.js';
import { listDeliveries } from '../../db/deliveries.js';
import { toNumber } from '../../db/ids.js';
import { buildPlace, startApi, type Answer, type TestApi } from '../helpers/api.js';
import { buildChain, uniqueName } from '../helpers/builders.js';
import type { Cleaner } from '../helpers/database.js';
import type { Place } from './place.js';

/** A chain takes so many webhooks at once. */
const BATCH = 50;
/** What a schema refuses before an address is looked at. */
const MAX_URL = 2000;

/** A hub over the place's guard, with a repository and one chain whose webhook's URL the cases write. */
export interface Doors {
  readonly api: TestApi;
  readonly place: Place;
  /** Saves each URL at each door that takes one; answers, per door, those that were taken. */
  save(urls: readonly string[]): Promise<Readonly<Record<string, readonly string[]>>>;
  /** Saves a URL; whether it was taken. */
  saveOne(url: string): Promise<boolean>;
  /** Has a URL called that stands in the database, each way that leads to a call; answers what became of each. */
  call(url: string): Promise<Readonly<Record<string, string>>>;
}

/** The doors at which a URL is saved, and those at which it is called. */
export const SAVE_DOORS = ['create a chain', 'change a chain', 'add a hook'] as const;
export const CALL_DOORS = ['push', 'test', 'redelivery'] as const;

/** Opens the hub. */
export async function openDoors(t: Cleaner, place: Place): Promise<Doors> {
  const api = await startApi(t, { guard: place.guard });
  const saving = await openChain(api);
  const { chain, send } = await openChain(api);
  const hub = openActivityHub(t, api.db, { retryDelays: [], poster: place.poster, publicUrl: api.publicUrl });
  const run = async (answer: Answer) => callRun(hub, findRunId(answer));
  return {
    api,
    place,
    save: (urls) => saveAll(createSaving(saving), urls),
    saveOne: async (url) => (await send('PATCH', `/webhook_pipeline/${chain.slug}/`, { webhooks: describeChain([url]).webhooks })).status === 200,
    async call(url) {
      await api.db('webhooks').where({ chain_id: chain.id }).whereNull('removed').update({ hook_url: url });
      const pushed = await send('POST', '/pushes/');
      return {
        push: await run(pushed),
        test: await run(await send('POST', `/webhook_pipeline/${chain.slug}/test`)),
        redelivery: await run(await send('POST', `/runs/${findRunId(pushed)}/redeliver`)),
      };
    },
  };
}

interface OpenedChain {
  readonly chain: Chain;
  readonly send: Send;
}

/** A repository with one chain of one webhook, and its owner who asks. */
async function openChain(api: TestApi): Promise<OpenedChain> {
  const { repository, path, token } = await buildPlace(api);
  const send: Send = (method, rest, body) => api.request(method, path + rest, { token, ...(method === 'GET' ? {} : { body: body ?? {} }) });
  return { chain: await buildChain(api.db, { repository }), send };
}

type Send = (method: string, rest: string, body?: object) => Promise<Answer>;
/** Sends some URLs to one door; answers those that it took. */
type Saving = (urls: readonly string[]) => Promise<readonly string[]>;

function createSaving({ send, chain: { id, slug } }: OpenedChain): Readonly<Record<string, Saving>> {
  return {
    'create a chain': (urls) => sift(urls, (some) => send('POST', '/webhook_pipeline/', describeChain(some))),
    'change a chain': (urls) => sift(urls, (some) => send('PATCH', `/webhook_pipeline/${slug}/`, { webhooks: describeChain(some).webhooks })),
    'add a hook': async (urls) => {
      const answers = await Promise.all(urls.map((hook_url) => send('POST', `/webhooks/${toNumber(id)}/hooks/`, { hook_url })));
      return urls.filter((_, index) => answers[index]?.status !== 400);
    },
  };
}

function describeChain(urls: readonly string[]) {
  return { name: uniqueName('c'), webhooks: urls.map((hook_url, index) => ({ name: `h${index}`, hook_url })) };
}

/** Which a door took: of a refusal that names some of them, the rest is asked about alone. */
async function sift(urls: readonly string[], send: (urls: readonly string[]) => Promise<Answer>): Promise<readonly string[]> {
  const answer = await send(urls);
  if (answer.status !== 400) return urls;
  const unnamed = findUnnamed(urls, answer);
  const alone = await Promise.all(unnamed.map((url) => send([url])));
  return unnamed.filter((_, index) => alone[index]?.status !== 400);
}

function findUnnamed(urls: readonly string[], { body }: Answer): readonly string[] {
  const { fields = {} } = body as { fields?: Record<string, string> };
  return urls.filter((_, index) => !fields[`webhooks[${index}].hook_url`]?.startsWith('cannot be called'));
}

async function saveAll(doors: Readonly<Record<string, Saving>>, urls: readonly string[]): Promise<Record<string, string[]>> {
  const fitting = urls.filter((url) => url.length > 0 && url.length <= MAX_URL);
  const taken: Record<string, string[]> = {};
  for (const [door, saving] of Object.entries(doors)) {
    taken[door] = [];
    for (let at = 0; at < fitting.length; at += BATCH) taken[door].push(...(await saving(fitting.slice(at, at + BATCH))));
  }
  return taken;
}

function findRunId({ status, body, text }: Answer): string {
  const { runs, id } = body as { runs?: { id: string }[]; id?: string };
  const found = runs ? runs[0]?.id : id;
  if (found === undefined) throw new Error(`no run was started: ${status} ${text}`);
  return found;
}

/** Does what the worker does with a run's first webhook; what the delivery ended as. */
async function callRun(hub: Hub, runId: string): Promise<string> {
  const [delivery] = await listDeliveries(hub.db, runId);
  if (!delivery) throw new Error('the run has no delivery');
  await createHands(hub).deliver(delivery.id);
  const [after] = await listDeliveries(hub.db, runId);
  return [after?.state, after?.reason].filter(Boolean).join(' ');
}
