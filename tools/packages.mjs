// The programs that tests need and npm cannot install, from Debian's packages.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, say, ToolError } from './run.mjs';

/** In this order: where docker.io brings the client along, the package of the client alone is not asked for. */
const PROGRAMS = [
  { program: 'chromium', package: 'chromium' },
  { program: 'podman', package: 'podman' },
  { program: 'dockerd', package: 'docker.io' },
  { program: 'docker', package: 'docker-cli' },
  { program: 'docker-registry', package: 'docker-registry' },
  { program: 'skopeo', package: 'skopeo' },
  { program: 'buildah', package: 'buildah' },
  // Debian keeps the server off PATH; what manages servers is there. The cluster that the package makes is not touched.
  { program: 'postgres', or: 'pg_createcluster', package: 'postgresql' },
  { program: 'strace', package: 'strace' },
  { program: 'faketime', package: 'faketime' },
  { program: 'promtool', package: 'prometheus' },
  { program: 'haproxy', package: 'haproxy' },
  { program: 'nginx', package: 'nginx' },
  { program: 'docker-compose', package: 'docker-compose' },
  { program: 'systemd-analyze', package: 'systemd' },
  { program: 'pip3', package: 'python3-pip' },
];

/**
 * Installs the programs that are not on PATH, as root or by sudo without a password. Where that cannot be, it says
 * what to install by hand, and the tests that need them are skipped by name. TEST_PROGRAMS=off installs nothing,
 * TEST_PROGRAMS=required, the default where CI is set, makes a missing program a failure.
 */
export async function ensurePrograms() {
  const choice = process.env.TEST_PROGRAMS ?? (process.env.CI ? 'required' : undefined);
  if (choice === 'off' || listMissing().length === 0) return;
  if (findOnPath('apt-get') && (await becomeRoot())) await install();
  const missing = listMissing();
  if (missing.length === 0) return;
  const names = missing.map((entry) => entry.package).join(' ');
  const advice = `install them by hand (Debian: apt-get install ${names})`;
  if (choice === 'required') throw new ToolError(`Tests need programs that are not on PATH: ${advice}.`);
  say(`Tests of ${missing.map(({ program }) => program).join(', ')} will be skipped: ${advice}.`);
}

function listMissing() {
  return PROGRAMS.filter((entry) => !isThere(entry));
}

function isThere({ program, or }) {
  return Boolean(findOnPath(program) ?? (or && findOnPath(or)));
}

function findOnPath(program) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch (error) {
    if (error.code) return false;
    throw error;
  }
}

/** Whether apt-get can be run: as root, or by sudo that asks nothing. */
async function becomeRoot() {
  if (process.getuid?.() === 0) return true;
  return Boolean(findOnPath('sudo')) && (await run('sudo', ['-n', 'true'], { stdio: 'ignore' })) === 0;
}

async function install() {
  say('Installing the programs that tests need (apt-get; once, a few minutes).');
  if ((await runApt(['update'])) !== 0) return;
  for (const entry of PROGRAMS) {
    if (!isThere(entry)) await runApt(['install', '--yes', '--no-install-recommends', entry.package]);
  }
}

/** Runs apt-get as root and answers its exit code; its own lines are shown only where it complains. */
function runApt(args) {
  const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...args];
  const [program, ...rest] = process.getuid() === 0 ? command : ['sudo', '-n', ...command];
  return run(program, rest, { stdio: ['ignore', 'ignore', 'inherit'], waiting: `still at apt-get ${args.join(' ')}` });
}
