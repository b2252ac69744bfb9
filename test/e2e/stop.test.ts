import { once } from 'node:events';
import { Agent, request as send, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import test from 'ava';
import { listFaults, startHub, startSplitHub, WORKER_RUNS } from '../helpers/hub.js';
import { pollUntil } from '../helpers/poll.js';
import { stopAll } from '../temporal/testServer.js';
import { summarize, type PushView } from './api.js';
import { buildScenario, HAPPY, QUIET } from './scenario.js';

const TWO_GOOD = { state: 'success', deliveries: ['success', 'success'] };

test.after.always(stopAll);

/** A connection that is kept, with what came on it and whether the other side has closed it. */
async function openSocket(url: string): Promise<{ socket: Socket; text: () => string; isEnded: () => boolean }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  let ended = false;
  socket.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; });
  socket.on('error', () => { ended = true; });
  socket.on('close', () => { ended = true; });
  await once(socket, 'connect');
  return { socket, text: () => text, isEnded: () => ended };
}

test.serial('a stop answers the request under way with Connection: close, and closes idle connections', async (t) => {
  const hub = await startHub(t);
  const { repository } = await buildScenario(t, hub.api, [HAPPY, HAPPY]);
  const idle = await openSocket(hub.url);
  idle.socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await pollUntil('an answer on the connection', async () => idle.text().includes('"ok"'));
  t.false(idle.isEnded());
  const busy = await openSocket(hub.url);
  const body = JSON.stringify({ tag: 'under-way' });
  const head = [`POST ${repository.path}/pushes/ HTTP/1.1`, 'Host: x', `Authorization: Bearer ${hub.api.bearer}`, 'Content-Type: application/json', `Content-Length: ${body.length}`];
  busy.socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 4)}`);
  // It has begun there once a later request on another connection is answered.
  await hub.api.ask('GET', '/healthz');
  const stopped = hub.process.stop();
  await pollUntil('the end of the idle connection', async () => idle.isEnded());
  t.false(busy.isEnded());
  busy.socket.write(body.slice(4));
  await stopped;
  t.regex(busy.text(), /^HTTP\/1\.1 202 /);
  t.regex(busy.text(), /\r\nConnection: close\r\n/i);
  t.deepEqual(listFaults(hub.process.output), []);
  await hub.restart();
  const accepted = JSON.parse(busy.text().slice(busy.text().indexOf('{'), busy.text().lastIndexOf('}') + 1)) as PushView;
  t.deepEqual(summarize(await repository.waitForEnd(accepted.runs[0]?.id ?? '')), TWO_GOOD);
});

test.serial('with HOOKLINE_STOP_DELAY readyz is 503 first, and pushes are accepted until the API closes', async (t) => {
  const hub = await startHub(t, { env: { HOOKLINE_STOP_DELAY: '15s' } });
  const { repository } = await buildScenario(t, hub.api, [HAPPY, HAPPY]);
  const stopped = hub.process.stop();
  await pollUntil('readyz saying stopping', async () => {
    const { status, body } = await hub.api.ask<{ status: string }>('GET', '/readyz');
    return status === 503 && body.status === 'stopping';
  }, 12_000);
  const id = await repository.pushOnce();
  await stopped;
  await hub.restart();
  t.deepEqual(summarize(await repository.waitForEnd(id)), TWO_GOOD);
});

test.serial('an API stopped under load over kept connections loses nothing that it accepted', async (t) => {
  const hub = await startSplitHub(t);
  const { repository } = await buildScenario(t, hub.api, [HAPPY, HAPPY]);
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  t.teardown(async () => agent.destroy());
  const accepted: string[] = [];
  const pushOn = async (): Promise<void> => {
    for (;;) {
      const sent = send(`${hub.url}${repository.path}/pushes/`, { agent, method: 'POST', headers: { authorization: `Bearer ${hub.api.bearer}`, 'content-type': 'application/json' } });
      sent.end('{}');
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      let text = '';
      for await (const chunk of response) text += String(chunk);
      if (response.statusCode !== 202) throw new Error(`a push was answered ${response.statusCode}`);
      accepted.push((JSON.parse(text) as PushView).runs[0]?.id ?? '');
    }
  };
  const over = Promise.allSettled([pushOn(), pushOn(), pushOn(), pushOn()]);
  await pollUntil('some accepted pushes', async () => accepted.length >= 8);
  await hub.server.stop();
  const ends = await over;
  // What ended the loops is a refused or a closed connection, and no answer.
  for (const end of ends) t.notRegex(String((end as PromiseRejectedResult).reason), /was answered/);
  t.deepEqual(listFaults(hub.server.output), []);
  hub.server.start();
  await hub.waitReady('ok');
  for (const id of accepted) t.deepEqual(summarize(await repository.waitForEnd(id, 60_000)), TWO_GOOD);
});

test.serial('a worker that is stopped in the middle of a call finishes and records it', async (t) => {
  const hub = await startSplitHub(t);
  let release: (() => void) | undefined;
  const until = new Promise<void>((resolve) => { release = resolve; });
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [{ until }, QUIET]);
  const id = await repository.pushOnce();
  await receiver(1).request();
  const stopped = hub.worker.stop();
  await hub.worker.said('"msg":"stopping"');
  release?.();
  await stopped;
  t.deepEqual((await repository.run(id)).deliveries[0]?.attempts.map(({ number, status, error }) => [number, status, error]), [[1, 200, null]]);
  t.deepEqual(listFaults(hub.worker.output), []);
  hub.worker.start();
  await hub.worker.said(WORKER_RUNS);
  t.is((await receiver(1).callBack('success')).status, 200);
  t.is((await receiver(2).callBack('success')).status, 200);
  t.deepEqual(summarize(await repository.waitForEnd(id)), TWO_GOOD);
  t.deepEqual(calls(), [1, 1]);
});
