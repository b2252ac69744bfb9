// The conformance suite of the OCI distribution specification. Neither line of Distribution passes all of it, and the
// suite goes on where it fails; so what counts is that token server and door change nothing of what it finds.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { destroyAll } from '../helpers/hub.js';
import { tempDir } from '../helpers/ports.js';
import { ADMIN, startRegistryHub } from '../helpers/registryHub.js';
import { testWithRegistries } from '../helpers/registryLines.js';
import { startDistribution } from '../helpers/registryServer.js';
import { findClient } from './cache.js';
import { runProgram } from './program.js';

/** Ten seconds on an idle machine. Milliseconds. */
const LIMIT = 600_000;
/** Of 686 checks, more than 550 of which both lines pass: a suite that breaks off must not look like one that agrees. */
const LEAST = { checks: 650, passed: 500 };

/** What the suite has found. */
interface Findings {
  /** Its own sum: checks, failures and what it left out. */
  readonly totals: string;
  /** How each check ended, and what the suite had to say of it, without what is another each time. */
  readonly checks: readonly { readonly name: string; readonly finding: string }[];
}

test.after.always(destroyAll);

/** Runs the suite against a registry at HOST:PORT. */
async function runSuite(dir: string, host: string, creds = ''): Promise<Findings> {
  const [username = '', password = ''] = creds.split(':');
  const env = {
    OCI_REGISTRY: host, OCI_TLS: 'disabled', OCI_REPO1: 'admin/conf1', OCI_REPO2: 'admin/conf2', OCI_USERNAME: username, OCI_PASSWORD: password,
    OCI_VERSION: '1.1', OCI_RESULTS_DIR: dir,
  };
  const { errors } = await runProgram(findClient('conformance'), [], { env, cwd: dir, timeoutMs: LIMIT });
  try {
    return readFindings(await readFile(join(dir, 'junit.xml'), 'utf8'));
  } catch (error) {
    throw new Error(`the suite has left no results: ${errors}`, { cause: error });
  }
}

function readFindings(report: string): Findings {
  const [, totals = 'not told'] = /<testsuites [^>]*(tests="\d+" failures="\d+" skipped="\d+" disabled="\d+")/.exec(report) ?? [];
  const checks = [...report.matchAll(/<testcase name="([^"]*)"[^>]* status="([^"]*)">([\s\S]*?)<\/testcase>/g)].map(([, name = '', status = '', said = '']) => {
    const [, errors = ''] = /<system-out>([\s\S]*?)<\/system-out>/.exec(said) ?? [];
    return { name, finding: `${status} ${mask(errors)}`.trim() };
  });
  return { totals, checks };
}

/** What the suite sends is random: digests, and the sizes of what it has compressed. */
function mask(text: string): string {
  return text.replaceAll('&#34;', '"').replaceAll('&#xA;', '; ')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'HOST').replaceAll(/[0-9a-f]{128}|[0-9a-f]{64}/g, 'DIGEST').replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/_state=[^&\s]*/g, '_state=STATE').replaceAll(/"size":\d+/g, '"size":SIZE')
    .replaceAll(/("Content-Length", expected )"\d+", received \["\d+"\]/g, '$1another');
}

/** By name: one name stands for several checks, of an image's layers say, which come in any order. */
function sortFindings({ totals, checks }: Findings): ReadonlyMap<string, string> {
  const names = [...new Set(checks.map(({ name }) => name))];
  const sorted = names.map((own) => [own, checks.filter(({ name }) => name === own).map(({ finding }) => finding).sort().join(' | ')] as const);
  return new Map([['all together', totals], ...sorted]);
}

function listDifferences(bare: Findings, own: Findings): string[] {
  const [before, after] = [sortFindings(bare), sortFindings(own)];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.filter((name) => before.get(name) !== after.get(name)).map((name) => `${name}: ${before.get(name) ?? 'not run'} → ${after.get(name) ?? 'not run'}`);
}

testWithRegistries('the OCI conformance suite finds the same through token server and door as at the bare registry', async (t, line) => {
  t.timeout(LIMIT);
  const hub = await startRegistryHub(t, { line });
  for (const name of ['conf1', 'conf2']) await hub.api.post('/v2/repositories/', { namespace: 'admin', name });
  const bare = await startDistribution(t, line.file, { settings: {}, status: 200 });
  t.is((await fetch(`http://${hub.door}/v2/`)).status, 401, 'the door asks for a token');
  const atRegistry = await runSuite(await tempDir(t), new URL(bare.url).host);
  const atHub = await runSuite(await tempDir(t), hub.door, ADMIN);
  const { totals, checks } = atHub;
  const passed = checks.filter(({ finding }) => finding.startsWith('passed')).length;
  t.log(`${checks.length} checks, ${passed} passed; with their groups ${totals}`);
  t.true(checks.length >= LEAST.checks && passed >= LEAST.passed, `${checks.length} checks, ${passed} passed`);
  t.deepEqual(listDifferences(atRegistry, atHub), []);
});
