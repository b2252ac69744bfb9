import type { Cleaner } from '../helpers/database.js';
import { startOutside, type Place } from './place.js';
import { HINTS, STATUSES, TARGETS } from './redirects.js';
import type { Check } from './report.js';

/** Receivers that send us on: the answer is what came, and nobody else is asked, nor the same once more. */
export async function tryRedirects(t: Cleaner, { canary, poster }: Place, check: Check): Promise<void> {
  let next: { status: number; headers: Record<string, string> } = { status: 200, headers: {} };
  let hits = 0;
  const self = await startOutside(t, (_, response) => {
    hits += 1;
    response.writeHead(next.status, next.headers).end();
  });
  const fill = (text: string) => text.replaceAll('PORT', String(canary.port)).replaceAll('SELF', self);
  const ask = async (kind: string, status: number, headers: Record<string, string>) => {
    [next, hits] = [{ status, headers }, 0];
    const result = await poster.post({ url: `${self}/hook`, headers: {}, body: '{}' });
    const got = result.kind === 'answered' ? result.status : result.kind;
    check(kind, `${status} ${JSON.stringify(headers)}: ${got}, ${hits} request(s)`, got === status && hits === 1 && canary.connections === 0);
  };
  for (const status of STATUSES) for (const target of TARGETS) await ask('redirect', status, { location: fill(target) });
  for (const hint of HINTS) {
    const headers = Object.fromEntries(Object.entries(hint).map(([name, value]) => [name, fill(value)]));
    for (const status of [200, 201, 300, 304]) await ask('hint', status, headers);
  }
}
