// npm run check:guard: takes each rule out of the guard against calls to the inside, one after the other, and runs the
// corpus of test/ssrf on what is left: it must fail each time. A rule that nobody would miss ends this with an error.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { MUTATIONS } from './guardMutations.mjs';
import { fromRoot, runTool, say, ToolError } from './run.mjs';

/** What the guard and its corpus are made of, below dist/; a hub is all of it. */
const GUARD = ['address', 'address.js', 'activities', 'test/ssrf', 'test/helpers'];
const NOT_FOR_HUB = /\/test\/(e2e|clients|registry|workflows|temporal|tools)\/|\.(map|tsbuildinfo)$|\.test\.js$/;

/** Lays out a copy of the compiled sources below `base` and answers its directory. */
function copyBuilt(base, number, isHub) {
  const dir = join(base, String(number));
  mkdirSync(join(dir, 'dist'), { recursive: true });
  for (const name of ['package.json', 'node_modules', 'test', 'temporal.yaml']) symlinkSync(fromRoot(name), join(dir, name));
  const parts = isHub ? readdirSync(fromRoot('dist')) : GUARD;
  const filter = (path) => !NOT_FOR_HUB.test(path);
  for (const part of parts) cpSync(fromRoot('dist', part), join(dir, 'dist', part), { recursive: true, filter });
  // Leaves that the rest imports.
  if (!isHub) for (const part of readdirSync(fromRoot('dist')).filter((name) => /^[a-z]+\.js$/.test(name))) cpSync(fromRoot('dist', part), join(dir, 'dist', part));
  return dir;
}

function mutate(dir, { rule, file, edits }) {
  const path = join(dir, 'dist', file);
  const text = edits.reduce((before, [from, to]) => {
    const parts = before.split(from);
    if (parts.length !== 2) throw new ToolError(`${rule}: ${file} has ${parts.length - 1} times, not once: ${from}`);
    return parts.join(to);
  }, readFileSync(path, 'utf8'));
  writeFileSync(path, text);
}

/** What the corpus finds in a copy, up to its first fault. */
async function runCorpus(dir, isHub) {
  const load = (name) => import(pathToFileURL(join(dir, 'dist', 'test', 'ssrf', name)).href);
  const { runParts } = await load('report.js');
  const { GUARD_PARTS } = await load('guardParts.js');
  const parts = isHub ? { ...GUARD_PARTS, ...(await load('hubParts.js')).HUB_PARTS } : GUARD_PARTS;
  return runParts(parts, { isHasty: true });
}

async function checkRule(base, number, mutation) {
  const dir = copyBuilt(base, number, mutation.isHub);
  if (mutation.file) mutate(dir, mutation);
  const { cases, faults } = await runCorpus(dir, mutation.isHub);
  rmSync(dir, { recursive: true });
  const count = Object.values(cases).reduce((sum, one) => sum + one, 0);
  return { rule: mutation.rule, count, fault: faults[0]?.split('\n')[0] };
}

function describe({ rule, count, fault }) {
  const what = fault === undefined ? 'NOBODY MISSES IT' : fault.replaceAll(/\s+/g, ' ').slice(0, 110);
  return `${rule.padEnd(44)} ${String(count).padStart(5)}  ${what}`;
}

async function main() {
  const isShort = process.argv.includes('--short');
  await ensureInstalled();
  if (!isShort) await ensureBuilt();
  const base = mkdtempSync(join(tmpdir(), 'hookline-guard-'));
  process.once('exit', () => rmSync(base, { recursive: true, force: true }));
  const whole = await checkRule(base, 0, { rule: 'nothing taken out', isHub: !isShort });
  if (whole.fault !== undefined) throw new ToolError(`The corpus fails with the whole guard: ${whole.fault}`);
  const chosen = MUTATIONS.filter(({ isHub }) => !isShort || !isHub);
  say(`${'rule taken out'.padEnd(44)} cases  found by`);
  const results = [];
  for (const [index, mutation] of chosen.entries()) {
    results.push(await checkRule(base, index + 1, mutation));
    say(describe(results.at(-1)));
  }
  const missed = results.filter(({ fault }) => fault === undefined);
  say(`${results.length} rules taken out, ${results.length - missed.length} noticed, ${missed.length} not; ${whole.count} cases with the whole guard`);
  return missed.length === 0 ? 0 : 1;
}

await runTool(main);
