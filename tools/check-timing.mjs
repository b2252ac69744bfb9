// npm run check:timing [-- --samples N --logins N --seed N]: whether answers that are the same take the same time.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { importBuilt, runTool, say } from './run.mjs';
import { provideTemporal } from './temporal.mjs';

const OPTIONS = { samples: { type: 'string', default: '1000' }, logins: { type: 'string', default: '1000' }, seed: { type: 'string' } };
const inMicroseconds = (ms) => `${Math.round(ms * 1000)} µs`;

function show({ what, samples, medians, low, high, noise, isControl, apart }) {
  const verdict = isControl ? (apart ? 'seen, as it must be' : 'NOT SEEN: too noisy to say anything') : apart ? 'CAN BE TOLD APART' : 'cannot be told apart';
  say(`${what.padEnd(30)} ${String(samples).padStart(5)} pairs  ${inMicroseconds(medians).padStart(10)} [${inMicroseconds(low)}, ${inMicroseconds(high)}]  noise ${inMicroseconds(noise)}  ${verdict}`);
}

await runTool(async () => {
  const { values } = parseArgs({ options: OPTIONS });
  const seed = Number(values.seed ?? randomInt(2 ** 31));
  await ensureInstalled();
  await ensureBuilt();
  await provideTemporal();
  const { measureTiming } = await importBuilt('test/edge/timing.js');
  say(`Seed ${seed}. Difference of the medians, hidden less missing, with the interval of 99.9 %:`);
  const timings = await measureTiming({ samples: Number(values.samples), logins: Number(values.logins), seed, say: show });
  return timings.every(({ isControl, apart }) => isControl === apart) ? 0 : 1;
});
process.exit();
