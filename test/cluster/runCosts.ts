import { parseArgs } from 'node:util';
import { measureCosts } from './costs.js';

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { chains: text, 'in-flight': text, hops: text, json: text } });
const [chains, inFlight] = [Number(values.chains ?? 60), Number(values['in-flight'] ?? 8)];
const hops = (values.hops ?? '1,3,6').split(',').map(Number);
if (!(chains >= 1) || !(inFlight >= 1) || !hops.every((one) => one >= 1)) {
  throw new Error('npm run bench:cluster -- [--chains N] [--in-flight C] [--hops 1,3,6] [--json FILE]');
}
await measureCosts({ chains, inFlight, hops, json: values.json });
process.exit();
