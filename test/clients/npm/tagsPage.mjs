// Reads pages of tags, one a line of standard input, by Renovate's own schema, unmodified; answers what it made of each,
// one a line. Node's loader gives it an empty module in place of everything but the schema, its array type and zod.
import { register } from 'node:module';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [packages] = process.argv.slice(2);
const KEPT = ['/datasource/docker/schema.js', '/util/schema-utils/index.js', '/node_modules/zod/'];
register(`data:text/javascript,${encodeURIComponent(`
  const KEPT = ${JSON.stringify(KEPT)};
  const EMPTY = 'export const logger = { debug() {} }; export const parseJsonc = 0, parse = 0, parseSingleYaml = 0, parseYaml = 0, DateTime = 0; export default {};';
  export async function resolve(name, context, next) {
    const isZod = name.startsWith('zod');
    if (isZod || name.startsWith('node:')) return next(name, context);
    const url = name.startsWith('.') || name.startsWith('file:') ? new URL(name, context.parentURL).href : 'empty:' + name;
    return KEPT.some((part) => url.includes(part)) ? { url, format: 'module', shortCircuit: true } : { url: 'empty:' + url, format: 'module', shortCircuit: true };
  }
  export async function load(url, context, next) {
    return url.startsWith('empty:') ? { format: 'module', source: EMPTY, shortCircuit: true } : next(url, context);
  }
`)}`);
const schema = join(packages, 'renovate', 'dist', 'modules', 'datasource', 'docker', 'schema.js');
const { DockerHubTagsPage } = await import(pathToFileURL(schema).href);

for await (const line of createInterface({ input: process.stdin })) {
  const { success, data, error } = DockerHubTagsPage.safeParse(JSON.parse(line));
  process.stdout.write(`${JSON.stringify(success ? { answer: data } : { error: error.message })}\n`);
}
