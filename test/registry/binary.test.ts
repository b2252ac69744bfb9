import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { ProgramUnavailableError } from '../../programs/errors.js';
import { findPinnedRegistry, findRegistry } from '../../registry/binary.js';
import { tempDir } from '../helpers/ports.js';

const CACHED = `registry-3.1.1-${process.platform}-${process.arch}`;
const PROJECT = 'github.com/distribution/distribution/v3';

/** A shell script that answers everything with one text and one exit code. */
async function writeProgram(file: string, text: string, code = 0): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho '${text}'\nexit ${code}\n`);
  await chmod(file, 0o755);
}

const ON_PATH = [
  { what: 'is 3.1.1', text: `/usr/bin/registry ${PROJECT} v3.1.1`, taken: true },
  { what: 'is 2.8.2 of Debian', text: 'docker-registry github.com/docker/distribution 2.8.2+ds1', taken: true },
  { what: 'is 2.8.3', text: 'registry github.com/docker/distribution v2.8.3', taken: true },
  { what: 'is a later line', text: `registry ${PROJECT.replace('v3', 'v4')} v4.0.0`, taken: true },
  { what: 'is 2.7.1', text: 'registry github.com/docker/distribution v2.7.1', taken: false, said: /it is 2\.7\.1, and 2\.8\.2 or 3\.0\.0, or/ },
  { what: 'is a candidate with a known fault', text: `registry ${PROJECT} v3.0.0-rc.2`, taken: false, said: /it is 3\.0\.0-rc\.2/ },
  { what: 'is another program of the name', text: 'Verdaccio 5.1.0', taken: false, said: /it is not CNCF Distribution \(Verdaccio 5\.1\.0\)/ },
  { what: 'fails', text: 'no such shim', code: 1, taken: false, said: /--version" failed \(no such shim\)/ },
] as const;

for (const name of ['registry', 'docker-registry']) {
  for (const { what, text, taken, ...more } of ON_PATH) {
    test(`a ${name} on PATH that ${what} is ${taken ? 'taken' : 'passed over for the cached one'}`, async (t) => {
      const dir = await tempDir(t);
      const lines: string[] = [];
      const cached = join(dir, 'cache', CACHED, 'registry');
      await writeProgram(join(dir, 'bin', name), text, 'code' in more ? more.code : 0);
      await writeProgram(cached, `registry ${PROJECT} v3.1.1`);
      const options = { cacheDir: join(dir, 'cache'), say: (line: string) => lines.push(line), env: { PATH: join(dir, 'bin') } };
      t.is(await findRegistry(options), taken ? name : cached);
      t.is(lines.length, taken ? 0 : 1);
      if ('said' in more) t.regex(lines[0] ?? '', more.said);
      t.is(await findPinnedRegistry(options), cached);
    });
  }
}

test('without a registry and without Go one sentence says what to do', async (t) => {
  const dir = await tempDir(t);
  const find = findRegistry({ cacheDir: join(dir, 'cache'), say: () => undefined, env: { PATH: dir } });
  const { message } = await t.throwsAsync(find, { instanceOf: ProgramUnavailableError });
  t.regex(message, /^CNCF Distribution has to be built, but Go is not on PATH: install Go .* docker-registry .* HOOKLINE_REGISTRY/);
  t.false(message.includes('\n'));
});

test('the build takes package and version from the pinned module, and leaves the binary in the cache', async (t) => {
  const dir = await tempDir(t);
  const script = '#!/bin/sh\n[ "$1" = env ] && echo go9.9 && exit 0\necho "$@ in $PWD" > "$5"\n';
  await mkdir(join(dir, 'bin'));
  await writeFile(join(dir, 'bin', 'go'), script, { mode: 0o755 });
  const found = await findRegistry({ cacheDir: join(dir, 'cache'), say: () => undefined, env: { PATH: join(dir, 'bin') } }).catch((error: unknown) => String(error));
  t.is(found, join(dir, 'cache', CACHED, 'registry'));
  t.deepEqual(await readdir(join(dir, 'cache', CACHED)), ['registry']);
  const told = await readFile(found, 'utf8');
  t.regex(told, /^build -ldflags .*version\.version=3\.1\.1 -o \S+ github\.com\/distribution\/distribution\/v3\/cmd\/registry in .*\/registry\n$/);
});
