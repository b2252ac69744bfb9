// npm run sbom: a bill of materials in CycloneDX, dist/sbom.cdx.json: npm's own of package-lock.json, and the Go modules
// that temporal/go.mod and registry/go.mod pin. It asks nobody.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { GO_FOLDERS, listGoModules } from './dependencies.mjs';
import { fromRoot, ROOT, runTool, say } from './run.mjs';

const [command, ...args] = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
const OPTIONS = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--offline', '--include=dev', '--include=optional', '--include=peer'];

function describeModule(folder, { path, version, sum }) {
  const purl = `pkg:golang/${path}@${version}`;
  const properties = [{ name: 'hookline:pinned-by', value: `${folder}/go.mod` }, ...(sum ? [{ name: 'hookline:go.sum', value: sum }] : [])];
  return { 'bom-ref': `${folder}:${purl}`, type: 'library', name: path, version, purl, properties };
}

await runTool(() => {
  const bill = JSON.parse(execFileSync(command, [...args, ...OPTIONS], { cwd: ROOT, encoding: 'utf8', maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'inherit'] }));
  const modules = GO_FOLDERS.flatMap((folder) => listGoModules(folder).map((one) => describeModule(folder, one)));
  const packages = bill.components.length;
  bill.components.push(...modules);
  const file = fromRoot('dist', 'sbom.cdx.json');
  mkdirSync(fromRoot('dist'), { recursive: true });
  writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
  say(`${file}: ${packages} npm packages, ${modules.length} Go modules (CycloneDX ${bill.specVersion})`);
});
