// The keys of HOOKLINE_SECRET_KEYS: what each of them still seals and signs, and sealing all of it with the first one.
import { importBuilt, say } from './run.mjs';

/** Passes over a table before what is left is told: somebody may rotate a secret between reading and writing it. */
const PASSES = 5;
const UNKNOWN = '(unknown)';

/** Opens keys and database as a hub does, beside those that run. */
async function open(config) {
  const { openDatabase } = await importBuilt('db/connection.js');
  const { migrate } = await importBuilt('db/migrate.js');
  const { loadOwnKey, createKeyring } = await importBuilt('keys.js');
  const keys = config.secretKeys ?? [loadOwnKey(config.dataDir)];
  const db = openDatabase(config.databaseUrl);
  await migrate(db);
  return { db, kids: keys.map(({ kid }) => kid), keyring: createKeyring(keys), sealed: await importBuilt('db/sealed.js') };
}

/** Rows of the table: per key what it seals, by table, and the callbacks that hang on it. */
async function count({ db, kids, sealed }) {
  const tables = {};
  for (const table of sealed.SEALED_TABLES) tables[table] = await sealed.countSealed(db, table);
  const callbacks = new Map((await sealed.countOpenCallbacks(db)).map(({ kid, ...rest }) => [kid ?? UNKNOWN, rest]));
  const all = [...new Set([...kids, ...Object.values(tables).flatMap((counts) => [...counts.keys()]), ...callbacks.keys()])];
  return all.map((kid) => ({ kid, tables: Object.fromEntries(Object.entries(tables).map(([table, counts]) => [table, counts.get(kid) ?? 0])), callbacks: callbacks.get(kid) }));
}

const countSecrets = ({ tables }) => Object.values(tables).reduce((sum, one) => sum + one, 0);

function describeCallbacks({ callbacks }) {
  if (!callbacks) return '0';
  return `${callbacks.count}, ${callbacks.until ? `until ${callbacks.until}` : 'one of them still being tried'}`;
}

function sayTable(rows, kids) {
  const names = Object.keys(rows[0].tables);
  say(['key'.padEnd(16), ...names.map((name) => name.padStart(9)), '  open callbacks'].join(' '));
  for (const row of rows) {
    const place = row.kid === kids[0] ? '   seals and signs' : kids.includes(row.kid) || row.kid === UNKNOWN ? '' : '   IS MISSING from HOOKLINE_SECRET_KEYS';
    say([row.kid.padEnd(16), ...names.map((name) => String(row.tables[name]).padStart(9)), `  ${describeCallbacks(row)}${place}`].join(' '));
  }
}

/** What the operator may do now. */
function sayAdvice(rows, kids) {
  const isNeeded = (row) => countSecrets(row) > 0 || row.callbacks;
  const unknown = rows.find(({ kid }) => kid === UNKNOWN);
  const older = rows.filter(({ kid }) => kids.indexOf(kid) > 0);
  const free = older.filter((row) => !isNeeded(row));
  if (unknown) say('Open callbacks of unknown keys are from before the hub kept them: wait until they are over.');
  for (const row of older.filter(isNeeded)) {
    say(`${row.kid} is still needed${countSecrets(row) > 0 ? ': npm run keys -- reseal' : ' by open callbacks alone'}`);
  }
  if (free.length > 0 && !unknown) say(`No longer needed: ${free.map(({ kid }) => kid).join(', ')}. Once every process has a key before it, it may be dropped.`);
}

/** Which keys are needed, by what. Exit code 1 where one that is needed is not there. */
export async function status(_, config) {
  const house = await open(config);
  try {
    const rows = await count(house);
    sayTable(rows, house.kids);
    const { count: sessions, until } = await house.sealed.countSessions(house.db);
    say(`Sessions: ${sessions}${until ? `, the last until ${until}` : ''}. Those that a dropped key signed end, and their users log in again.`);
    sayAdvice(rows, house.kids);
    return rows.some(({ kid }) => kid !== UNKNOWN && !house.kids.includes(kid)) ? 1 : 0;
  } finally {
    await house.db.destroy();
  }
}

/** Seals everything with the first key; may be ended and begun again, and runs beside a hub that knows that key. */
export async function reseal(_, config) {
  const house = await open(config);
  const { db, keyring, sealed: { SEALED_TABLES, resealTable } } = house;
  const again = { kid: keyring.kid, reseal: (text, id) => keyring.seal(keyring.open(text, id), id) };
  try {
    for (const table of SEALED_TABLES) {
      let done = 0;
      for (let pass = 0, changed = 1; changed > 0 && pass < PASSES; pass += 1) done += changed = await resealTable(db, table, again);
      say(`${table.padEnd(9)} ${done} secret(s) sealed anew with ${keyring.kid}`);
    }
  } finally {
    await db.destroy();
  }
  return status(_, config);
}
