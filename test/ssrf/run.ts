import type { Cleaner } from '../helpers/database.js';
import { tryConnections } from './connections.js';
import { openDoors } from './doors.js';
import { FORMS } from './forms.js';
import { LITERALS, PUBLIC } from './literals.js';
import { NAMES } from './names.js';
import { makeName, openPlace, type Place } from './place.js';
import { tryRedirects } from './redirecting.js';
import { tryTexts } from './texts.js';

/** What the corpus found: how many cases there were of each kind, and in a line each, what went wrong. */
export interface Report {
  readonly cases: Record<string, number>;
  readonly faults: string[];
}

/** Notes a case; what is false or thrown is a fault. */
export type Check = (kind: string, what: string, isGood: boolean) => void;

/** Ends a run at its first fault. */
class FirstFault extends Error {}

/** One part of the corpus. */
type Part = (t: Cleaner, place: Place, check: Check) => Promise<void>;
const PARTS: Readonly<Record<string, Part>> = {
  guard: tryGuard, connections: tryConnections, redirects: tryRedirects, doors: tryDoors, names: tryNames, texts: tryTexts,
};
export const PART_NAMES = Object.keys(PARTS);

/** Runs parts of the corpus, all where none is named; `isHasty` ends it at the first fault. Whatever is opened is closed again. */
export async function runCorpus({ parts = PART_NAMES, isHasty = false }: { parts?: readonly string[]; isHasty?: boolean } = {}): Promise<Report> {
  const report: Report = { cases: {}, faults: [] };
  const closing: (() => Promise<void> | void)[] = [];
  const t = { teardown: (clean: () => Promise<void> | void) => void closing.unshift(clean) };
  const check: Check = (kind, what, isGood) => {
    report.cases[kind] = (report.cases[kind] ?? 0) + 1;
    if (isGood) return;
    report.faults.push(`${kind}: ${what}`);
    if (isHasty) throw new FirstFault();
  };
  try {
    const place = await openPlace(t);
    for (const name of parts) {
      await PARTS[name]?.(t, place, check);
      check('connections to the listener inside', name, place.canary.connections === 0);
    }
  } catch (error) {
    if (!(error instanceof FirstFault)) report.faults.push(`it broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    for (const clean of closing) await clean();
  }
  return report;
}

/** Every spelling as a URL. */
export function listUrls(port: number): string[] {
  const hosts = Object.values(LITERALS).flat();
  const forms = Object.values(FORMS).flat().map((form) => form.replaceAll('PORT', String(port)));
  return [...hosts.map((host, index) => `${index % 4 === 3 ? 'https' : 'http'}://${host}:${port}/hook`), ...forms];
}

const passes = (work: Promise<unknown>): Promise<boolean> => work.then(() => true, (error: unknown) => {
  if ((error as { code?: unknown }).code === 'ADDRESS_FORBIDDEN') return false;
  throw error;
});

/** The guard alone: what it says of a URL before it is saved. */
async function tryGuard(_: Cleaner, { canary, guard }: Place, check: Check): Promise<void> {
  for (const url of listUrls(canary.port)) check('guard: refused', url, !(await passes(guard.checkUrl(url))));
  for (const host of PUBLIC) check('guard: public', host, await passes(guard.checkUrl(`https://${host}/`)));
  for (const address of ['2606:4700::1111%eth0', '93.184.55330', '', 'localhost']) {
    check('guard: refused', `the address ${address}`, guard.checkAddress(address, 'x', 80) !== undefined);
  }
}

/** Every spelling at every door of the hub. */
async function tryDoors(t: Cleaner, place: Place, check: Check): Promise<void> {
  const doors = await openDoors(t, place);
  const urls = listUrls(place.canary.port);
  for (const [door, taken] of Object.entries(await doors.save(urls))) for (const url of urls) check(`save: ${door}`, url, !taken.includes(url));
  const open = PUBLIC.map((host) => `https://${host}/`);
  for (const [door, taken] of Object.entries(await doors.save(open))) for (const url of open) check(`save: ${door}, public`, url, taken.includes(url));
  for (const url of urls) {
    for (const [door, ended] of Object.entries(await doors.call(url))) check(`call: ${door}`, `${url} ended ${ended}`, ended === 'error address_forbidden');
  }
}

/** Names that lead inside, at once or once they are saved. */
async function tryNames(t: Cleaner, place: Place, check: Check): Promise<void> {
  const doors = await openDoors(t, place);
  for (const { zone, called } of NAMES) {
    const url = `http://${makeName(zone)}:${place.canary.port}/hook`;
    const isTaken = await doors.saveOne(url);
    check(called ? 'name: public when saved' : 'name: inside when saved', url, isTaken === Boolean(called));
    for (const [door, ended] of Object.entries(await doors.call(url))) check(`name: ${door}`, `${url} ended ${ended}`, ended === 'error address_forbidden');
  }
}
