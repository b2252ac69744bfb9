import type { Cleaner } from '../helpers/database.js';
import { openPlace, type Place } from './place.js';

/** What the corpus found: how many cases there were of each kind, and in a line each, what went wrong. */
export interface Report {
  readonly cases: Record<string, number>;
  readonly faults: string[];
}

/** Notes a case. */
export type Check = (kind: string, what: string, isGood: boolean) => void;

/** One part of the corpus. */
export type Part = (t: Cleaner, place: Place, check: Check) => Promise<void>;

/** Ends a run at its first fault. */
class FirstFault extends Error {}

/** Runs parts of the corpus; `isHasty` ends it at the first fault. Whatever is opened is closed again. */
export async function runParts(parts: Readonly<Record<string, Part>>, { isHasty = false }: { isHasty?: boolean } = {}): Promise<Report> {
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
    for (const [name, run] of Object.entries(parts)) {
      await run(t, place, check);
      check('connections to the listener inside', name, place.canary.connections === 0);
    }
  } catch (error) {
    if (!(error instanceof FirstFault)) report.faults.push(`it broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    for (const clean of closing) await clean();
  }
  return report;
}
