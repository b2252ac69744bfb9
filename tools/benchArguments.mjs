// The command line of npm run bench.
import { parseArgs } from 'node:util';
import { fromRoot, ToolError } from './run.mjs';

const OPTIONS = {
  floor: { type: 'boolean' },
  peer: { type: 'string' },
  database: { type: 'string' },
  chains: { type: 'string' },
  slices: { type: 'string' },
  'in-flight': { type: 'string' },
  hops: { type: 'string' },
  delay: { type: 'string' },
  sustain: { type: 'string' },
  profile: { type: 'boolean' },
  json: { type: 'string' },
  results: { type: 'string' },
  quick: { type: 'boolean' },
};

const USAGE = `npm run bench -- [options]
  --floor              beside it the same chain on bare Temporal
  --peer restate       beside it the same chain on Restate
  --database URL       postgres://…, by default SQLite
  --in-flight 1,16     how many chains at once
  --hops 3             webhooks of a chain
  --delay 0            milliseconds from a receiver's answer to its callback
  --chains N           chains of a slice; by default 20, and 10 for each in flight
  --slices 6           slices of each side
  --sustain 10m        load without a pause instead: latency and memory over time
  --profile            CPU profiles of hub and floor in profiles/ below the results, and their top functions
  --json FILE          the figures in a file more
  --results DIR        by default bench/results
  --quick              few and small slices: to see that it works`;

const UNITS = { s: 1000, m: 60_000, h: 3_600_000 };

function readNumber(name, text, least) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new ToolError(`--${name}: write a whole number from ${least} on.\n${USAGE}`);
  return value;
}

function readDuration(text) {
  const [, amount, unit] = /^(\d+)(s|m|h)$/.exec(text) ?? [];
  if (!amount) throw new ToolError(`--sustain: write 30s, 10m or 1h.\n${USAGE}`);
  return Number(amount) * UNITS[unit];
}

/** The options among the words; a ToolError with the usage for one that there is not. */
export function parse(args, options, usage) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new ToolError(`${error.message}\n${usage}`);
  }
}

/** What is to be run, from the words behind `npm run bench --`. */
export function readArguments(args) {
  const given = parse(args, OPTIONS, USAGE);
  if (given.peer !== undefined && given.peer !== 'restate') throw new ToolError(`--peer: there is restate.\n${USAGE}`);
  const { floor = false, peer, database, quick = false, json } = given;
  const usual = quick ? { chains: '6', slices: '2', 'in-flight': '1,4' } : { slices: '6', 'in-flight': '1,16' };
  const all = { hops: '3', delay: '0', ...usual, ...given };
  const results = given.results ?? fromRoot('bench', 'results');
  const sustain = given.sustain === undefined ? {} : { sustain: readDuration(given.sustain) };
  const plan = {
    quick, results, ...sustain,
    name: [given.sustain ? 'sustained' : 'chains', database ? 'postgres' : 'sqlite'].join('-'),
    hops: readNumber('hops', all.hops, 1), delay: readNumber('delay', all.delay, 0), slices: readNumber('slices', all.slices, 1),
    inFlight: all['in-flight'].split(',').map((text) => readNumber('in-flight', text, 1)),
    ...(all.chains === undefined ? {} : { chains: readNumber('chains', all.chains, 1) }),
  };
  const profile = given.profile ? `${results}/profiles` : undefined;
  return { measurement: given.sustain ? 'sustain' : 'throughput', plan, floor, peer, database, json, profile };
}

/** The command as it is repeated, without the password of a database. */
export function describeCommand(name, words) {
  return [name, ...(words.length > 0 ? ['--', ...words] : [])].join(' ').replace(/:\/\/[^@\s]*@/g, '://…@');
}
