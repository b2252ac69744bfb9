import { Type } from '@sinclair/typebox';
import { acceptEvent, findTakenEvents, type RegistryEvent } from '../../db/registryEvents.js';
import { noteInstance, requestReconcile } from '../../db/registryReconciles.js';
import { meters } from '../../metrics.js';
import { announceRunsLater } from '../announce.js';
import { readNotice, type Notice } from '../registryEvents.js';
import { reportPush } from '../reportPush.js';
import { defineRoute, type Call } from '../route.js';
import { REPOSITORY_NAME } from '../schemas/repositories.js';

/** Bytes: a manifest of 4 MiB makes a larger event, which is taken without being read. */
const BODY_LIMIT = 4 * 1024 * 1024;
/** Events looked up at once. */
const LOOKUP = 500;

const Envelope = Type.Object(
  { events: Type.Optional(Type.Unknown({ description: 'Array of events' })) },
  { title: 'RegistryEvents', description: 'As the registry writes it; what is not understood is ignored' },
);

function readNotices({ hub }: Call, events: readonly unknown[]): Notice[] {
  const notices = events.map(readNotice);
  const unread = notices.filter((notice) => notice === undefined).length;
  if (unread > 0) hub.log.warn({ unread, of: events.length }, 'the registry sent events that are not understood');
  return notices.filter((notice) => notice !== undefined);
}

/** The registry sends what it takes for unanswered again, large ones whole. */
async function listNew({ db }: Call, notices: readonly Notice[]): Promise<RegistryEvent[]> {
  const events = notices.flatMap(({ event }) => event ?? []);
  const fresh: RegistryEvent[] = [];
  for (let start = 0; start < events.length; start += LOOKUP) {
    const some = events.slice(start, start + LOOKUP);
    const taken = await findTakenEvents(db, some.map(({ id }) => id));
    fresh.push(...some.filter(({ id }) => !taken.has(id)));
  }
  return fresh;
}

/** Registries take names that are none here. */
function isRepositoryName(name: string): boolean {
  const parts = name.split('/');
  return parts.length === 2 && parts.every((part) => REPOSITORY_NAME.test(part));
}

async function accept({ db, hub }: Call, event: RegistryEvent): Promise<void> {
  const { callbackTimeout: defaultTimeoutMs, privateLimits, registry } = hub.config;
  const autoCreate = registry.autoCreate && isRepositoryName(event.repository);
  const accepted = await acceptEvent(db, event, { defaultTimeoutMs, privateLimits, autoCreate });
  const { repository, what } = event;
  meters.registryEventLag.observe(Math.max(Date.now() - Date.parse(event.at), 0) / 1000);
  if (accepted.outcome === 'accepted') {
    if (!accepted.receipt) return;
    reportPush(hub, 'registry', { ...accepted.receipt, repeated: false });
    return announceRunsLater(hub, accepted.receipt.runs);
  }
  if (what.action === 'push') meters.pushes.inc({ source: 'registry', answer: accepted.outcome });
  if (accepted.outcome === 'unknown_repository') hub.log.warn({ repository, action: what.action }, 'the registry tells of a repository that is none here');
}

export const registryEventRoutes = [
  defineRoute({
    method: 'POST',
    path: '/events',
    summary: 'Notifications of the registry',
    description:
      'Answered as soon as everything is on disk, and never refused to whoever knows the secret: the registry would send ' +
      'the same again for ever. The same event again changes nothing.',
    may: 'registry',
    body: Envelope,
    bodyType: 'application/vnd.docker.distribution.events.v2+json',
    bodyLimit: BODY_LIMIT,
    takesAnyBody: true,
    responses: { 204: null },
    errors: ['invalid_credentials'],
    async handler(call) {
      const { events } = call.body;
      if (!Array.isArray(events)) {
        call.hub.log.warn('the registry sent a body that cannot be read; its tags are looked through');
        await requestReconcile(call.db);
        return { status: 204 };
      }
      const notices = readNotices(call, events);
      for (const instance of new Set(notices.flatMap(({ instance }) => instance ?? []))) await noteInstance(call.db, instance);
      for (const event of await listNew(call, notices)) await accept(call, event);
      return { status: 204 };
    },
  }),
];
