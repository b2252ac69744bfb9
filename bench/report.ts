import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine, readLoad, type Machine } from './machine.js';
import type { BenchPlan } from './plan.js';
import { drawPlot, type Plot } from './plot.js';
import type { Side } from './side.js';

type Words = Readonly<Record<string, string>>;

/** Everything that is said beside the figures. */
export interface Circumstances {
  readonly command: string;
  readonly commit: string;
  /** HOOKLINE_* of the hub that the caller had set. */
  readonly settings: Words;
  readonly machine: Machine;
  readonly loadBefore: readonly number[];
  readonly loadAfter: readonly number[];
  /** By side. */
  readonly versions: Readonly<Record<string, Words>>;
  readonly durability: Readonly<Record<string, Words>>;
}

/** Notes the circumstances, at the end of a run; `loadBefore` was read at its start. */
export function describeCircumstances(
  { command, commit, settings, dataDir }: BenchPlan,
  loadBefore: readonly number[],
  sides: readonly Pick<Side, 'name' | 'versions' | 'durability'>[],
): Circumstances {
  return {
    command, commit, settings, machine: describeMachine(dataDir), loadBefore, loadAfter: readLoad(),
    versions: Object.fromEntries(sides.map(({ name, versions }) => [name, versions])),
    durability: Object.fromEntries(sides.map(({ name, durability }) => [name, durability])),
  };
}

function drawCircumstances({ command, commit, settings, machine, loadBefore, loadAfter, versions, durability }: Circumstances): string {
  const list = (words: Words) => Object.entries(words).map(([name, value]) => `${name} ${value}`).join(', ');
  return [
    `- \`${command}\` at commit ${commit}, ${machine.date}${Object.keys(settings).length > 0 ? `, with ${list(settings)}` : ''}`,
    `- ${machine.cores} cores ${machine.cpu}, ${machine.memory} GiB, ${machine.kernel}, data on ${machine.storage}, Node ${machine.node}`,
    `- load average ${loadBefore.join(' ')} before, ${loadAfter.join(' ')} after`,
    ...Object.entries(versions).map(([side, words]) => `- versions, ${side}: ${list(words)}`),
    ...Object.entries(durability).map(([side, words]) => `- durability, ${side}: ${list(words)}`),
  ].join('\n');
}

/** What a run leaves. */
export interface Report {
  readonly title: string;
  /** Markdown: tables and sentences. */
  readonly body: string;
  readonly circumstances: Circumstances;
  /** All figures, for programs. */
  readonly data: object;
  /** By what is added to the file's name. */
  readonly plots: Readonly<Record<string, Omit<Plot, 'note'>>>;
}

/** Prints the report and writes it: Markdown, JSON, and a plot each. */
export function writeReport({ results, name, json }: BenchPlan, { title, body, circumstances, data, plots }: Report): void {
  const { machine: { cores, cpu, date }, commit } = circumstances;
  const words = `${body}\n\n${drawCircumstances(circumstances)}\n`;
  console.log(`\n${words}`);
  mkdirSync(results, { recursive: true });
  const pictures = Object.entries(plots).map(([suffix, plot]) => ({ file: `${name}${suffix}.svg`, plot }));
  for (const { file, plot } of pictures) {
    writeFileSync(join(results, file), drawPlot({ ...plot, note: `${commit} · ${date.slice(0, 10)} · ${cores} cores ${cpu}` }));
  }
  writeFileSync(join(results, `${name}.md`), `# ${title}\n\n${words}\n${pictures.map(({ file, plot }) => `![${plot.title}](${file})\n`).join('\n')}`);
  const text = `${JSON.stringify({ title, ...circumstances, ...data }, null, 2)}\n`;
  for (const file of [join(results, `${name}.json`), json]) if (file !== undefined) writeFileSync(file, text);
  console.log(`Written: ${join(results, name)}.{md,json,svg}`);
}
