import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';

// Compiled tests lie in dist/test/.
const MODULE = new URL('../log.js', import.meta.url).href;

/** The line that a logger writes for this. */
async function write(what: string): Promise<string> {
  const script = `const { createLog } = await import('${MODULE}'); createLog('info', 'test').error(${what}, 'said');`;
  return (await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])).stdout;
}

test('values under secret names stay out of a line, two levels deep', async (t) => {
  const line = await write("{ password: 'canary', a: { token: 'canary', b: { secret: 'canary' } }, authorization: 'canary', kept: 'shown' }");
  t.regex(line, /shown/);
  t.is(line.match(/\[redacted\]/g)?.length, 4);
  t.notRegex(line, /canary/);
});

test('what a database adds to an error about a row stays out of a line', async (t) => {
  const line = await write("{ err: Object.assign(new Error('null value'), { detail: 'Failing row contains (canary)', where: 'canary', internalQuery: 'canary', code: '23502' }) }");
  t.regex(line, /null value.*23502|23502.*null value/);
  t.notRegex(line, /canary/);
});
