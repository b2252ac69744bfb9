// What the hub is made of, as the lock files tell it: npm's package-lock.json, and the Go modules of what is built.
import { readFileSync } from 'node:fs';
import { fromRoot } from './run.mjs';

/** Folders whose go.mod pins a program that the hub builds. */
export const GO_FOLDERS = ['temporal', 'registry'];

/** Every package of the lock file: its path in node_modules, name, version and the rest of its entry. */
export function listPackages() {
  const { packages } = JSON.parse(readFileSync(fromRoot('package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, entry]) => ({ path, name: entry.name ?? path.split('node_modules/').at(-1), ...entry }));
}

/** Every Go module that a folder's go.mod requires: path, version and, of go.sum, the hash of its content. */
export function listGoModules(folder) {
  const text = readFileSync(fromRoot(folder, 'go.mod'), 'utf8');
  const sums = new Map(readFileSync(fromRoot(folder, 'go.sum'), 'utf8').split('\n').map((line) => line.split(' ')).map(([path, version, sum]) => [`${path} ${version}`, sum]));
  const lines = [...text.matchAll(/^(?:require\s+)?\s*([^\s()]+\.[^\s()]+\/?\S*) (v\S+)/gm)];
  const replaced = new Map([...text.matchAll(/^replace (\S+) => (\S+) (v\S+)$/gm)].map(([, path, other, version]) => [path, { path: other, version }]));
  const modules = lines.map(([, path, version]) => replaced.get(path) ?? { path, version });
  return modules.map((one) => ({ ...one, sum: sums.get(`${one.path} ${one.version}`) }));
}

/** Licences under which everything here may be used and passed on: permissive ones, and none that reaches further than its own files. */
export const ALLOWED_LICENCES = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'CC-BY-4.0', 'CC0-1.0', 'ISC', 'MIT', 'MPL-2.0', 'OFL-1.1', 'PSF-2.0', 'Unlicense'];
/** Packages that name no licence in their package.json, by name and version: what their licence file says. */
const FOUND = { 'unionfs@4.6.0': 'Unlicense' };

/** The licence of a package, an SPDX expression; undefined where it names none. */
export function getLicence({ name, version, license }) {
  return license ?? FOUND[`${name}@${version}`];
}

/** Whether an SPDX expression leaves a choice that is allowed: one side of OR, every side of AND, which binds closer. */
export function isAllowed(expression) {
  if (!expression || /\bWITH\b|\([^()]*\(/.test(expression)) return false;
  const flat = expression.replace(/^\((.*)\)$/, '$1');
  if (/[()]/.test(flat)) return false;
  return flat.split(' OR ').some((choice) => choice.split(' AND ').every((one) => ALLOWED_LICENCES.includes(one)));
}
