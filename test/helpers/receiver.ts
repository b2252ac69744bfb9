import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebhookPayload } from '../../api/schemas/payload.js';
import { pollUntil } from './poll.js';

export type CallbackState = 'success' | 'failure' | 'error';

/** One webhook as it arrived. */
export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, byte for byte as text: what was signed. */
  readonly raw: string;
  readonly payload: WebhookPayload;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** How the hub answered a callback. */
export interface CallbackAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a receiver does with a webhook. Without any of it: 200 at once, and no callback. */
export interface Behaviour {
  /** Status of the first answer, the second, …; the last one stands for all that follow. */
  readonly statuses?: readonly number[];
  /** Headers of the answers that are not 2xx. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Calls back with this state once it has answered 2xx, again and again until the hub takes it. */
  readonly callback?: CallbackState;
  /** The state that is posted, and answered, before the webhook itself is answered. */
  readonly earlyCallback?: CallbackState;
  /** The answer to the first webhook is held back until this settles. */
  readonly until?: Promise<unknown>;
  /** Path and query of the URL; default `/hook`. */
  readonly path?: string;
}

/** A real HTTP server that takes webhooks and remembers them. */
export interface Receiver {
  readonly url: string;
  readonly requests: readonly Received[];
  /** How the hub answered the early callbacks. */
  readonly earlyAnswers: readonly CallbackAnswer[];
  /** The n-th webhook, from 1, as soon as it is there; for so long it is waited for. */
  request(nth?: number, timeoutMs?: number): Promise<Received>;
  /** Posts a callback to the URL that the n-th webhook carried. */
  callBack(state: CallbackState, nth?: number): Promise<CallbackAnswer>;
  close(): Promise<void>;
}

export interface Owner {
  teardown(clean: () => Promise<void>): void;
}

/** Starts a receiver on a free port of this machine; closed when the test ends. */
export async function startReceiver(t: Owner, behaviour: Behaviour = {}): Promise<Receiver> {
  const requests: Received[] = [];
  const earlyAnswers: CallbackAnswer[] = [];
  const server = createServer((request, response) => {
    void receive(request).then(async (received) => {
      const nth = requests.push(received);
      if (nth === 1) await behaviour.until;
      const { earlyCallback, callback } = behaviour;
      if (earlyCallback) earlyAnswers.push(await postCallback(received.payload.callback_url, { state: earlyCallback }));
      const status = answer(response, behaviour, nth);
      if (callback && status < 300) await insist(received.payload.callback_url, callback, () => server.listening);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const request = (nth = 1, timeoutMs?: number) => pollUntil(`webhook number ${nth}`, async () => requests[nth - 1], timeoutMs);
  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  t.teardown(close);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${behaviour.path ?? '/hook'}`,
    requests,
    earlyAnswers,
    request,
    close,
    async callBack(state, nth) {
      return postCallback((await request(nth)).payload.callback_url, { state });
    },
  };
}

/** Posts a callback, whatever its body, and reads the hub's answer. */
export async function postCallback(url: string, body: object): Promise<CallbackAnswer> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function receive(request: IncomingMessage): Promise<Received> {
  const at = Date.now();
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const raw = Buffer.concat(chunks).toString('utf8');
  const { url: path = '', headers } = request;
  return { at, raw, path, headers: headers as Record<string, string>, payload: JSON.parse(raw) as WebhookPayload };
}

function answer(response: ServerResponse, { statuses = [200], headers = {} }: Behaviour, nth: number): number {
  const status = statuses[Math.min(nth, statuses.length) - 1] ?? 200;
  // No idle socket is left behind: a hub that is killed must not be held up by us.
  response.writeHead(status, { ...(status < 300 ? {} : headers), connection: 'close' }).end('{}');
  return status;
}

/** A receiver worth its salt tries again while the hub is away. */
async function insist(url: string, state: CallbackState, goesOn: () => boolean): Promise<void> {
  await pollUntil('an answer to the callback', async () => {
    const { status } = await postCallback(url, { state }).catch(() => ({ status: 0 }));
    return !goesOn() || (status > 0 && status < 500);
  }, 60_000).catch(() => undefined);
}
