// npm run licences: how many packages stand under which licence, and those whose licence is not on the list (exit code 1).
import { getLicence, isAllowed, listPackages } from './dependencies.mjs';
import { runTool, say } from './run.mjs';

await runTool(() => {
  const packages = listPackages();
  const names = new Map();
  for (const one of packages) {
    const licence = getLicence(one) ?? '(none named)';
    names.set(licence, [...(names.get(licence) ?? []), one]);
  }
  const rows = [...names].sort(([, left], [, right]) => right.length - left.length);
  say(`${'licence'.padEnd(38)} all  of them at run time`);
  for (const [licence, all] of rows) {
    const atRunTime = all.filter(({ dev }) => !dev).length;
    const few = all.length <= 3 ? `   ${all.map(({ name }) => name).join(', ')}` : '';
    say(`${licence.padEnd(38)} ${String(all.length).padStart(3)}  ${String(atRunTime).padStart(3)}${few}`);
  }
  const refused = packages.filter((one) => !isAllowed(getLicence(one)));
  for (const { name, version, license } of refused) say(`NOT ALLOWED: ${name} ${version}: ${license ?? 'none named'}`);
  say(`${packages.length} packages, ${refused.length} under a licence that is not allowed`);
  return refused.length === 0 ? 0 : 1;
});
