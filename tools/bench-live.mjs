// npm run bench:live: what live progress costs. A thousand listeners beside pushes; and what the notes of changes cost a
// hop, with them and without in turn. `--database postgres://…` for both, by default SQLite.
import { join } from 'node:path';
import { withDatabase } from './benchDatabase.mjs';
import { runBench, withDirectory } from './benchHub.mjs';
import { importBuilt, runTool, say } from './run.mjs';

/** Many short slices in turn: a machine that is busy with something else disturbs neighbours alike. */
const ROUNDS = 30;
const HOPS = 50;
const WARM_UP = 200;
const SCHEMA = 'hookline_bench_live';
/** On PostgreSQL so many hops go on at once, as in a worker. */
const AT_ONCE = { sqlite: 1, postgres: 8 };

/** Switches the notes off and on again. */
async function readSwitch(db, isSqlite) {
  if (!isSqlite) {
    const tables = ['runs', 'deliveries', 'attempts', 'callbacks'];
    const all = async (word) => { for (const table of tables) await db.raw(`ALTER TABLE ?? ${word} TRIGGER USER`, [table]); };
    return { off: () => all('DISABLE'), on: () => all('ENABLE') };
  }
  const triggers = await db('sqlite_master').where({ type: 'trigger' }).whereLike('name', 'changes_%').select('name', 'sql');
  return {
    off: async () => { for (const { name } of triggers) await db.raw('DROP TRIGGER ??', [name]); },
    on: async () => { for (const { sql } of triggers) await db.raw(sql); },
  };
}

/** Milliseconds, and those of CPU in this process, for so many hops: an attempt is opened, recorded, its callback taken. */
async function measure(db, count, atOnce) {
  const { advanceToWaiting, buildChain, buildRun, describeCallback } = await importBuilt('test/helpers/builders.js');
  const { closeDelivery } = await importBuilt('db/deliveries.js');
  const of = await buildChain(db, { expect_final_callback: true });
  const runs = [];
  for (let made = 0; made < count; made += 1) runs.push(await buildRun(db, { of }));
  const [started, used] = [performance.now(), process.cpuUsage()];
  const take = async () => {
    for (let run = runs.pop(); run; run = runs.pop()) {
      const [{ id }] = run.deliveries;
      await advanceToWaiting(db, id);
      await closeDelivery(db, describeCallback(id, 'success'));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, take));
  const { user, system } = process.cpuUsage(used);
  return { ms: performance.now() - started, cpu: (user + system) / 1000 };
}

async function benchHops(url) {
  const { openDatabase } = await importBuilt('db/connection.js');
  const { migrate } = await importBuilt('db/migrate.js');
  const { signalChanges } = await importBuilt('db/changeSignal.js');
  const db = openDatabase(url);
  try {
    await migrate(db);
    const isSqlite = url.startsWith('sqlite:');
    const atOnce = isSqlite ? AT_ONCE.sqlite : AT_ONCE.postgres;
    const notes = await readSwitch(db, isSqlite);
    await measure(db, WARM_UP, atOnce);
    const ratios = { 'noted, time': [], 'noted, CPU': [], 'while somebody listens, time': [], 'while somebody listens, CPU': [] };
    const times = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await notes.off();
      const without = await measure(db, HOPS, atOnce);
      await notes.on();
      const noted = await measure(db, HOPS, atOnce);
      const signal = signalChanges(db, () => undefined, (error) => { throw error; });
      const watched = await measure(db, HOPS, atOnce);
      await signal.stop();
      times.push(without.ms / HOPS);
      for (const [what, { ms, cpu }] of [['noted', noted], ['while somebody listens', watched]]) {
        ratios[`${what}, time`].push(ms / without.ms);
        ratios[`${what}, CPU`].push(cpu / without.cpu);
      }
      if (round % 10 === 9) say(`  ${round + 1} of ${ROUNDS} rounds of ${3 * HOPS} hops`);
    }
    say(`a hop without notes: ${describe(times)} ms`);
    for (const [what, all] of Object.entries(ratios)) say(`a hop, ${what}: ${describe(all)} × of one without notes`);
  } finally {
    await db.destroy();
  }
}

function describe(all) {
  const sorted = all.toSorted((a, b) => a - b);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => sorted[Math.floor(sorted.length * share)].toFixed(3));
  return `${middle} (half of them ${low} to ${high})`;
}

await runTool(() => withDirectory(async (dir) => {
  const at = process.argv.indexOf('--database');
  const server = at < 0 ? undefined : process.argv[at + 1];
  await withDatabase({ server, dir: join(dir, 'hops'), schema: `${SCHEMA}_hops` }, benchHops);
  await withDatabase({ server, dir, schema: SCHEMA }, (databaseUrl) => runBench('live', { databaseUrl, dir }));
}));
