import { createInterface } from 'node:readline/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { ConfigError, loadConfig, type Config } from '../../config.js';
import { HubClient, HubError } from './client.js';
import { describeHop, drawChain, type ShownRun } from './draw.js';
import { startReceiver, type Receiver, type Verdict } from './receiver.js';

const POLL = 150;
const PATIENCE = 120_000;
const SUCCESS: Verdict = { state: 'success', description: 'all green' };
const FAILURE: Verdict = { state: 'failure', description: '2 of 214 tests failed' };
/** What each receiver is for, and how long it works, in milliseconds. The tests fail on the tag `broken`. */
const RECEIVERS: readonly [name: string, work: number, judge: (tag: string) => Verdict][] = [
  ['build', 900, () => SUCCESS],
  ['tests', 1400, (tag) => (tag === 'broken' ? FAILURE : SUCCESS)],
  ['deploy', 700, () => SUCCESS],
];

/** Two pushes through a chain of three on a running hub, shown live: one that completes, one that fails at two. */
async function demo(config: Config): Promise<void> {
  const hub = new HubClient(config.publicUrl);
  const { adminUsername } = config;
  await hub.login(adminUsername, config.adminPassword ?? (await askPassword(adminUsername)));
  const receivers = await Promise.all(RECEIVERS.map((receiver) => startReceiver(...receiver)));
  try {
    const path = await createChain(hub, adminUsername, receivers);
    console.log('\n1. A push whose three receivers answer success\n');
    await followPush(hub, path, '1.0');
    console.log('\n2. A push whose second receiver answers failure\n');
    await followPush(hub, path, 'broken');
    const calls = receivers.map((receiver) => receiver.calls());
    console.log(`\nCalls received: build ${calls[0]}, tests ${calls[1]}, deploy ${calls[2]}: the second push never reached deploy.`);
    if (calls.join() !== '2,2,1') throw new Error(`expected 2, 2 and 1 calls, not ${calls.join(', ')}`);
    console.log(`History:  ${config.publicUrl}${path}/runs/`);
  } finally {
    await Promise.all(receivers.map((receiver) => receiver.close()));
  }
}

async function createChain(hub: HubClient, namespace: string, receivers: readonly Receiver[]): Promise<string> {
  const name = `demo-${Date.now().toString(36)}`;
  await hub.post('/v2/repositories/', { namespace, name, description: 'Made by npm run demo' });
  const webhooks = receivers.map(({ url }, index) => ({ name: RECEIVERS[index]?.[0], hook_url: url }));
  const path = `/v2/repositories/${namespace}/${name}`;
  await hub.post(`${path}/webhook_pipeline/`, { name: 'build, test, deploy', webhooks });
  console.log(`Repository ${namespace}/${name} with a chain of three:`);
  for (const { name, hook_url } of webhooks) console.log(`  ${name?.padEnd(8)} ${hook_url}`);
  return path;
}

/** Pushes and redraws the chain until its run is over. */
async function followPush(hub: HubClient, path: string, tag: string): Promise<void> {
  const { runs } = await hub.post<{ runs: { id: string }[] }>(`${path}/pushes/`, { tag });
  const id = runs[0]?.id;
  if (id === undefined) throw new Error('the push started no run');
  let drawn = '';
  for (const end = Date.now() + PATIENCE; Date.now() < end; await wait(POLL)) {
    const run = await hub.get<ShownRun>(`${path}/runs/${id}/`);
    const line = drawChain(tag, run);
    if (line !== drawn) redraw(line);
    drawn = line;
    if (run.finished === null) continue;
    console.log(`\n${run.deliveries.map(describeHop).join('\n')}`);
    return;
  }
  throw new Error(`the run ${id} did not end within ${PATIENCE / 1000} s`);
}

/** One line that changes in place on a terminal; elsewhere each state is a line of its own. */
function redraw(line: string): void {
  process.stdout.write(process.stdout.isTTY ? `\r\u001b[K  ${line}` : `  ${line}\n`);
}

async function askPassword(username: string): Promise<string> {
  if (!process.stdin.isTTY) throw new Error('set HOOKLINE_ADMIN_PASSWORD to the password that npm start showed');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const password = await terminal.question(`Password of ${username} (npm start showed it once): `);
  terminal.close();
  return password;
}

/** What to do about the failures that a newcomer meets. */
function advise(error: unknown, publicUrl: string): string {
  if (error instanceof HubError && error.body.code === 'invalid_credentials') {
    return 'The hub does not take this password: set HOOKLINE_ADMIN_PASSWORD to the one that npm start showed.';
  }
  if (error instanceof HubError && error.body.detail?.includes('hook_url')) {
    return 'The hub refuses to call this machine, as it should by default. For the demo, start it so:\n' +
      '  HOOKLINE_ALLOW_ADDRESSES=127.0.0.1 npm start';
  }
  if (error instanceof TypeError) return `No hub answers at ${publicUrl}: run npm start in another terminal first.`;
  return error instanceof Error ? error.message : String(error);
}

try {
  const config = loadConfig();
  await demo(config).catch((error: unknown) => {
    console.error(`\n${advise(error, config.publicUrl)}`);
    process.exitCode = 1;
  });
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
