import type { Cleaner } from '../helpers/database.js';
import { tryRegistry } from './attached.js';
import { openDoors } from './doors.js';
import { listUrls, PUBLIC } from './literals.js';
import { NAMES } from './names.js';
import { makeName, type Place } from './place.js';
import type { Check, Part } from './report.js';
import { tryTexts } from './texts.js';

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

/** What a whole hub does. */
export const HUB_PARTS: Readonly<Record<string, Part>> = { doors: tryDoors, names: tryNames, texts: tryTexts, registry: tryRegistry };
