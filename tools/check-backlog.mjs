// npm run check:backlog [-- --pushes N --rate N]: what a receiver missed in a day, once it is back. A push a minute for 24 hours
// is 1,440; all of them wait behind the pause of their webhook, and go on at its rate.
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { importBuilt, runTool, say, ToolError } from './run.mjs';
import { provideTemporal } from './temporal.mjs';

/** How much faster than the rate they may arrive on the whole: turns are kept, the calls themselves take unequal time. */
const TOLERANCE = 1.1;
const OPTIONS = { pushes: { type: 'string', default: '1440' }, rate: { type: 'string', default: '10' } };

await runTool(async () => {
  const { values } = parseArgs({ options: OPTIONS });
  const [pushes, rate] = [Number(values.pushes), Number(values.rate)];
  for (const [name, value] of Object.entries({ pushes, rate })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new ToolError(`--${name} must be a whole number from 1`);
  }
  await ensureInstalled();
  await ensureBuilt();
  await provideTemporal();
  const { drainBacklog } = await importBuilt('test/faults/backlog.js');
  const { faults, ...figures } = await drainBacklog({ pushes, rate, say });
  say(`pushes ${figures.pushes}, lost ${figures.lost}, arrived again ${figures.repeated}, not ended with success ${figures.unhappy}`);
  say(`drained in ${figures.seconds.toFixed(0)} s: ${figures.rate.toFixed(1)} a second of ${rate} allowed, ${figures.peak} in the fullest second`);
  if (figures.rate > rate * TOLERANCE) faults.push(`${figures.rate.toFixed(1)} arrived a second, ${rate} may`);
  for (const fault of faults) say(`fault: ${fault}`);
  return faults.length === 0 ? 0 : 1;
});
process.exit();
