import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawTable } from './table.js';

/** What of a .cpuprofile is used. Microseconds of the monotonic clock. */
interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number } }[];
  readonly startTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

type Window = readonly [from: number, to: number];

const TOP = 25;
/** Regular expressions are named by themselves. */
const LONGEST = 90;

/**
 * The functions that took most of the CPU in the profiles of each side, one profile a thread: self time, counted only
 * while that side's slices ran, so that neither the start nor the other sides' slices are in it.
 */
export function showTop(dir: string, figures: string): string {
  const { windows } = JSON.parse(readFileSync(figures, 'utf8')) as { windows: { side: string; window: Window }[] };
  return readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name: side }) => {
    const own = windows.filter((one) => one.side === side).map(({ window }) => window);
    return `CPU of ${side} while it was measured, by function (profiles: ${join(dir, side)})\n\n${showSide(join(dir, side), own)}\n`;
  }).join('\n');
}

function showSide(dir: string, windows: readonly Window[]): string {
  const times = new Map<string, number>();
  for (const file of readdirSync(dir).filter((name) => name.endsWith('.cpuprofile'))) {
    addProfile(JSON.parse(readFileSync(join(dir, file), 'utf8')) as Profile, windows, times);
  }
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  const top = [...times].sort(([, a], [, b]) => b - a).slice(0, TOP);
  return drawTable([['function', 'ms', '% of busy'], ...top.map(([name, us]) => [name, (us / 1000).toFixed(0), ((us / total) * 100).toFixed(1)])]);
}

function addProfile({ nodes, startTime, samples, timeDeltas }: Profile, windows: readonly Window[], times: Map<string, number>): void {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameFrame(callFrame)]));
  let at = startTime;
  for (const [index, id] of samples.entries()) {
    at += timeDeltas[index] ?? 0;
    const name = names.get(id) ?? '';
    // A sample stands for the time until the next one.
    if (name !== '(idle)' && windows.some(([from, to]) => at >= from && at <= to)) times.set(name, (times.get(name) ?? 0) + (timeDeltas[index + 1] ?? 0));
  }
}

/** `function package/file:line`, short enough for a table. */
function nameFrame({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const place = url.replace(/^.*\/(node_modules|dist)\//, '').replace(/^file:\/\//, '');
  const name = functionName || '(anonymous)';
  return (place ? `${name} ${place}:${lineNumber + 1}` : name).slice(0, LONGEST);
}
