import { createAddressGuard } from '../../address.js';
import type { Cleaner } from '../helpers/database.js';
import { tryConnections } from './connections.js';
import { listUrls, PUBLIC } from './literals.js';
import { NAMES } from './names.js';
import { makeName, type Place } from './place.js';
import { tryReceivers } from './receivers.js';
import { tryRedirects } from './redirecting.js';
import type { Check, Part } from './report.js';

const passes = (work: Promise<unknown>): Promise<boolean> => work.then(() => true, (error: unknown) => {
  if ((error as { code?: unknown }).code === 'ADDRESS_FORBIDDEN') return false;
  throw error;
});

/** The guard alone: what it says of a URL before it is saved. */
async function tryGuard(_: Cleaner, { canary, guard, poster }: Place, check: Check): Promise<void> {
  for (const url of listUrls(canary.port)) check('guard: refused', url, !(await passes(guard.checkUrl(url))));
  for (const url of listUrls(canary.port)) {
    const { kind } = await poster.post({ url, headers: {}, body: '{}' });
    check('call: refused', `${url}: ${kind}`, kind === 'refused');
  }
  for (const host of PUBLIC) check('guard: public', host, await passes(guard.checkUrl(`https://${host}/`)));
  for (const address of ['2606:4700::1111%eth0', '93.184.55330', '', 'localhost']) {
    check('guard: refused', `the address ${address}`, guard.checkAddress(address, 'x', 80) !== undefined);
  }
}

/** Names that lead inside, at once or once they are saved. */
async function tryAnswers(_: Cleaner, { canary, guard, poster }: Place, check: Check): Promise<void> {
  for (const { zone, called } of NAMES) {
    const url = `http://${makeName(zone)}:${canary.port}/hook`;
    check('answer: when saved', url, (await passes(guard.checkUrl(url))) === Boolean(called));
    const { kind } = await poster.post({ url, headers: {}, body: '{}' });
    check('answer: when called', `${url}: ${kind}`, kind === 'refused');
  }
  const empty = createAddressGuard({ allow: [], resolve: async () => [] });
  const code: unknown = await empty.resolveAllowed('empty.test', 80).then(() => 'none', (error: unknown) => (error as { code?: unknown }).code);
  check('answer: none', String(code), code === 'HOST_NOT_FOUND');
}

/** What needs neither API nor database. */
export const GUARD_PARTS: Readonly<Record<string, Part>> = { guard: tryGuard, answers: tryAnswers, connections: tryConnections, redirects: tryRedirects, receivers: tryReceivers };
