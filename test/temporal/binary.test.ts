import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { findTemporal } from '../../temporal/binary.js';
import { buildTemporal } from '../../temporal/build.js';
import { downloadTemporal } from '../../temporal/download.js';
import { ProgramUnavailableError } from '../../programs/errors.js';
import { freePort, tempDir } from '../helpers/ports.js';

/** A shell script that answers `--version`, `env GOVERSION` or anything else with one text and one exit code. */
async function writeProgram(file: string, text: string, code = 0): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho '${text}'\nexit ${code}\n`);
  await chmod(file, 0o755);
}

const PLATFORM = `temporal-1.9.1-${process.platform}-${process.arch}`;
const WORKS = 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)';

const ON_PATH = [
  { what: 'works', text: WORKS, code: 0, taken: true, said: [] },
  { what: 'fails', text: 'no such shim', code: 1, taken: false, said: [/--version" failed \(no such shim\)/] },
  { what: 'is too old', text: 'temporal version 1.1.2', code: 0, taken: false, said: [/: it is 1\.1, and 1\.9 or/] },
  { what: 'is another program', text: 'clock 3', code: 0, taken: false, said: [/passed over: it tells no version/] },
];

for (const { what, text, code, taken, said } of ON_PATH) {
  test(`a temporal on PATH that ${what} is ${taken ? 'taken' : 'passed over for the cached one'}`, async (t) => {
    const dir = await tempDir(t);
    const lines: string[] = [];
    const cached = join(dir, 'cache', PLATFORM, 'temporal');
    await writeProgram(join(dir, 'bin', 'temporal'), text, code);
    await writeProgram(cached, WORKS);
    const say = (line: string) => lines.push(line);
    const options = { cacheDir: join(dir, 'cache'), say, env: { PATH: join(dir, 'bin') } };
    t.is(await findTemporal(options), taken ? 'temporal' : cached);
    t.is(lines.length, said.length);
    said.forEach((pattern, index) => t.regex(lines[index] ?? '', pattern));
  });
}

const GO = [
  { what: 'missing', program: undefined, sentence: /Go is not on PATH: install Go 1\.26\.8, put .* TEMPORAL_ADDRESS/ },
  { what: 'too old', program: { text: 'go1.19.8', code: 0 }, sentence: /Go 1\.19\.8 is too old: install Go/ },
  { what: 'broken', program: { text: 'no toolchain', code: 1 }, sentence: /does not work here \(no toolchain\)/ },
];

for (const { what, program, sentence } of GO) {
  test(`a Go that is ${what} is said in one sentence with what to do`, async (t) => {
    const dir = await tempDir(t);
    if (program) await writeProgram(join(dir, 'go'), program.text, program.code);
    const target = join(dir, 'out', 'temporal');
    const build = buildTemporal({ target, say: () => undefined, env: { PATH: dir } });
    const { message } = await t.throwsAsync(build, { instanceOf: ProgramUnavailableError });
    t.regex(message, sentence);
    t.false(message.includes('\n'));
  });
}

test('a failed build leaves nothing in the cache', async (t) => {
  const dir = await tempDir(t);
  await mkdir(join(dir, 'bin'));
  const script = '#!/bin/sh\n[ "$1" = env ] && echo go1.26.8 && exit 0\necho "no space left on device" >&2\nexit 1\n';
  await writeFile(join(dir, 'bin', 'go'), script, { mode: 0o755 });
  const options = { target: join(dir, 'out', 'temporal'), say: () => undefined };
  const build = buildTemporal({ ...options, env: { PATH: join(dir, 'bin') } });
  const { message } = await t.throwsAsync(build, { instanceOf: ProgramUnavailableError });
  t.regex(message, /^Building Temporal failed: no space left on device/);
  t.deepEqual(await readdir(join(dir, 'out')), []);
});

/** An environment whose only way out is the given port of this host. */
function proxyThrough(port: number): NodeJS.ProcessEnv {
  const url = `http://127.0.0.1:${port}`;
  return { PATH: process.env['PATH'], HTTPS_PROXY: url, HTTP_PROXY: url, ALL_PROXY: url };
}

test('a download without a way out fails in one sentence', async (t) => {
  const dir = await tempDir(t);
  const lines: string[] = [];
  const options = { target: join(dir, 'temporal'), version: '1.9.1', say: (line: string) => lines.push(line) };
  t.false(await downloadTemporal({ ...options, env: proxyThrough(await freePort()) }));
  t.is(lines.length, 2);
  t.regex(lines[1] ?? '', /^The download failed \(.+\)\.$/);
  t.deepEqual(await readdir(dir), []);
});

test('a download that never ends is cut off', async (t) => {
  const dir = await tempDir(t);
  const lines: string[] = [];
  const port = await freePort();
  const silent = createServer(() => undefined).listen(port, '127.0.0.1');
  t.teardown(() => silent.close());
  const options = { target: join(dir, 'temporal'), version: '1.9.1', say: (line: string) => lines.push(line) };
  t.false(await downloadTemporal({ ...options, env: proxyThrough(port), limitMs: 3000 }));
  t.regex(lines[1] ?? '', /no end after 3 s/);
});
