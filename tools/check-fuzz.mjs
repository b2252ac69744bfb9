// npm run check:fuzz [-- --bodies N --seed N --connections N --guesses]: callbacks of every kind, or with guessed tokens, at a
// whole hub in a process of its own.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { importBuilt, runTool, say, ToolError } from './run.mjs';
import { provideTemporal } from './temporal.mjs';

const OPTIONS = { bodies: { type: 'string', default: '1000000' }, seed: { type: 'string' }, connections: { type: 'string', default: '16' }, guesses: { type: 'boolean', default: false } };

function readOptions() {
  const { values } = parseArgs({ options: OPTIONS });
  const numbers = { bodies: Number(values.bodies), seed: Number(values.seed ?? randomInt(2 ** 31)), connections: Number(values.connections) };
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isSafeInteger(value) || value < 1) throw new ToolError(`--${name} must be a whole number from 1`);
  }
  return { ...numbers, guesses: values.guesses };
}

function count(entries) {
  return Object.entries(entries).map(([name, number]) => `${name}: ${number}`).join(', ');
}

/** Of five stretches of equal length. */
function listMeans(numbers) {
  const parts = [0, 1, 2, 3, 4].map((part) => numbers.slice(Math.floor(part * numbers.length / 5), Math.floor((part + 1) * numbers.length / 5)));
  return parts.filter((part) => part.length > 0).map((part) => Math.round(part.reduce((sum, number) => sum + number, 0) / part.length));
}

await runTool(async () => {
  const options = readOptions();
  await ensureInstalled();
  await ensureBuilt();
  await provideTemporal();
  const { fuzzHub } = await importBuilt('test/edge/fuzzHub.js');
  say(`Seed ${options.seed}: ${options.bodies} callbacks over ${options.connections} connections.`);
  const { tried, statuses, kinds, faults, faultCount, memory, seconds } = await fuzzHub({ ...options, say });
  const errors = Object.entries(statuses).filter(([status]) => Number(status) >= 500).reduce((sum, [, number]) => sum + number, 0);
  say(`seed      ${options.seed}`);
  say(`tried     ${tried} bodies in ${Math.round(seconds)} s`);
  say(`answers   ${count(statuses)}`);
  say(`kinds     ${count(kinds)}`);
  say(`5xx       ${errors}`);
  say(`memory    ${Math.min(...memory)} to ${Math.max(...memory)} MiB; means of each fifth: ${listMeans(memory).join(', ')}`);
  for (const fault of faults) say(`fault     ${fault}`);
  say(`faults    ${faultCount}`);
  return faultCount === 0 && tried === options.bodies ? 0 : 1;
});
// What a check started has ended; a connection that is kept does not keep the check.
process.exit();
