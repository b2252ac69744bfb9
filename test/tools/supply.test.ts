import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { findProjectRoot } from '../../programs/root.js';

interface Entry {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly name?: string;
  readonly hasInstallScript?: boolean;
}
interface Bill {
  readonly bomFormat: string;
  readonly components: readonly { readonly purl: string }[];
}
const ROOT = findProjectRoot();
const read = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');
const LOCK = JSON.parse(read('package-lock.json')) as { packages: Readonly<Record<string, Entry>> };
const ENTRIES = Object.entries(LOCK.packages).filter(([path]) => path !== '');
const nameOf = (path: string, entry: Entry): string => entry.name ?? path.split('node_modules/').at(-1) ?? '';

/** Runs a tool by itself; `licences` needs nothing, `sbom` needs npm. */
async function runTool(name: string): Promise<string> {
  return (await promisify(execFile)(process.execPath, [join(ROOT, 'tools', `${name}.mjs`)], { cwd: ROOT })).stdout;
}

/** What a module of the tools answers, as JSON. */
async function evaluate(expression: string): Promise<unknown> {
  const script = `const tool = await import(${JSON.stringify(join(ROOT, 'tools', 'dependencies.mjs'))}); console.log(JSON.stringify(${expression}))`;
  return JSON.parse((await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])).stdout);
}

test('every package of the lock file has the hash of its content, and none says where it came from', (t) => {
  t.true(ENTRIES.length > 400, `${ENTRIES.length} packages`);
  t.deepEqual(ENTRIES.filter(([, { integrity, link }]) => !link && !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '')).map(([path]) => path), []);
  t.deepEqual(ENTRIES.filter(([, { resolved, link }]) => resolved !== undefined || link).map(([path]) => path), []);
  t.notRegex(read('package-lock.json'), /https?:\/\/[^"]*\.tgz|git\+|"file:/);
});

test('install scripts are allowed or refused by name, and sqlite3 alone may run one', (t) => {
  const { allowScripts } = JSON.parse(read('package.json')) as { allowScripts: Record<string, boolean> };
  const withScript = [...new Set(ENTRIES.filter(([, entry]) => entry.hasInstallScript).map(([path, entry]) => nameOf(path, entry)))].sort();
  t.deepEqual(withScript, Object.keys(allowScripts).sort());
  t.deepEqual(Object.entries(allowScripts).flatMap(([name, isAllowed]) => (isAllowed ? [name] : [])), ['sqlite3']);
});

test('every Go module that is built has its hash in go.sum', async (t) => {
  for (const folder of ['temporal', 'registry']) {
    const modules = (await evaluate(`tool.listGoModules('${folder}')`)) as { path: string; version: string; sum?: string }[];
    const written = read(folder, 'go.mod').split('\n').filter((line) => /^\t\S+ v\S+/.test(line)).length;
    t.true(written > 50);
    t.is(modules.length, written, folder);
    t.deepEqual(modules.filter(({ sum }) => !sum?.startsWith('h1:')), [], folder);
  }
});

test('every licence is on the list of those that are allowed', async (t) => {
  t.regex(await runTool('licences'), /^[0-9]+ packages, 0 under a licence that is not allowed$/m);
});

test('a licence counts as it is written', async (t) => {
  const cases: readonly [string, boolean][] = [
    ['MIT', true], ['GPL-3.0-only', false], ['(MIT OR GPL-3.0-only)', true], ['MIT AND GPL-3.0-only', false], ['Apache-2.0 AND MIT', true], ['', false],
    ['GPL-2.0-only WITH Classpath-exception-2.0', false], ['AGPL-3.0-only OR MIT AND GPL-2.0-only', false], ['((MIT) OR X)', false], ['UNLICENSED', false], ['SEE LICENSE IN x', false],
  ];
  t.deepEqual(await evaluate(`${JSON.stringify(cases.map(([text]) => text))}.map(tool.isAllowed)`), cases.map(([, isAllowed]) => isAllowed));
});

test('the bill of materials names every package of the lock file and every Go module', async (t) => {
  t.timeout(300_000);
  await runTool('sbom');
  const { bomFormat, components } = JSON.parse(read('dist', 'sbom.cdx.json')) as Bill;
  t.is(bomFormat, 'CycloneDX');
  const named = new Set(components.map(({ purl }) => purl));
  const wanted = ENTRIES.map(([path, entry]) => `pkg:npm/${nameOf(path, entry).replace('@', '%40')}@${entry.version ?? ''}`);
  t.deepEqual(wanted.filter((purl) => !named.has(purl)), []);
  for (const purl of ['pkg:golang/github.com/temporalio/cli@', 'pkg:golang/github.com/distribution/distribution/v3@']) t.true(components.some((one) => one.purl.startsWith(purl)), purl);
});

test('SECURITY.md says where to report, what is mended and how fast', (t) => {
  const text = read('SECURITY.md');
  for (const heading of ['## Reporting', '## What is mended', '## How fast', '## In scope', '## Not in scope', '## What you can check']) t.true(text.includes(heading), heading);
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = [...text.matchAll(/npm run ([a-z:]+)/g)].map(([, name = '']) => name);
  t.true(named.length > 2);
  t.deepEqual(named.filter((name) => !(name in scripts)), []);
});
