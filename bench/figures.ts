import type { Counts } from './chain.js';
import type { Latency } from './measure.js';
import type { Figures, Ratios } from './summary.js';
import { drawTable, show, showSpread } from './table.js';

const middles = ({ p50, p99 }: Latency): string => `${show(p50)} / ${show(p99)}`;

/** The figures as a table: a column for each side and number in flight. */
export function drawFigures(figures: readonly Figures[]): string {
  const row = (name: string, pick: (one: Figures) => string) => [name, ...figures.map(pick)];
  const processes = [...new Set(figures.flatMap(({ cpuPerChain }) => Object.keys(cpuPerChain)))];
  const ofUse = processes.filter((name) => figures.some(({ cpuPerChain }) => show(cpuPerChain[name]) !== '0'));
  return drawTable([
    row('', ({ side, inFlight }) => `${side}, ${inFlight} in flight`),
    row('chains/s', ({ chainsPerSecond }) => showSpread(chainsPerSecond)),
    row('hops/s', ({ hopsPerSecond }) => showSpread(hopsPerSecond)),
    row('push answer p50 / p99, ms', ({ push }) => middles(push)),
    row('bare start p50 / p99, ms', ({ start }) => middles(start)),
    row('hop p50 / p99, ms', ({ hop }) => middles(hop)),
    row('callback answer p50 / p99, ms', ({ callback }) => middles(callback)),
    row('chain p50 / p99, ms', ({ chain }) => middles(chain)),
    ...ofUse.map((name) => row(`CPU ms per chain: ${name}`, ({ cpuPerChain }) => show(cpuPerChain[name]))),
    ...processes.filter((name) => figures.some(({ writtenPerChain }) => (writtenPerChain[name] ?? 0) > 0))
      .map((name) => row(`KiB written per chain: ${name}`, ({ writtenPerChain }) => show((writtenPerChain[name] ?? Number.NaN) / 1024))),
    row('state transitions per chain', ({ engine }) => show(engine?.transitions)),
    row('events per chain', ({ engine }) => show(engine?.events)),
    row('history bytes per chain', ({ engine }) => show(engine?.historyBytes)),
    row('CPU taken by others, %', ({ foreignCpu }) => show(foreignCpu * 100)),
    row('chains measured', ({ chains, slices }) => `${chains} in ${slices}`),
    row('lost', ({ lost }) => String(lost)),
  ]);
}

/** The headline: how the hub stands to what ran beside it. */
export function drawRatios(ratios: readonly Ratios[]): string {
  if (ratios.length === 0) return '';
  return drawTable([
    ['the hub is to', 'chains/s', 'hop p50', 'push answer to a bare start', 'CPU per chain'],
    ...ratios.map(({ to, inFlight, chainsPerSecond, hop, push, cpu }) => [
      `${to}, ${inFlight} in flight`, ...[chainsPerSecond, hop, push, cpu].map((one) => `${showSpread(one)} ×`),
    ]),
  ]);
}

/** Whether every chain got through and no callback was refused. */
export function isClean(counts: Readonly<Record<string, Counts & { lost: number }>>): boolean {
  return Object.values(counts).every(({ lost, refused }) => lost + refused === 0);
}

/** What the receivers saw that they should not have. */
export function drawCounts(counts: Readonly<Record<string, Counts & { lost: number }>>): string {
  return drawTable([
    ['', 'webhooks', 'lost chains', 'duplicates', 'posted after close', 'callbacks refused', 'callbacks sent again'],
    ...Object.entries(counts).map(([side, { webhooks, lost, duplicates, afterClose, refused, retried }]) =>
      [side, ...[webhooks, lost, duplicates, afterClose, refused, retried].map(String)]),
  ]);
}
