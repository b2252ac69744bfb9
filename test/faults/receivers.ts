import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { WebhookPayload } from '../../api/schemas/payload.js';
import type { CallbackState } from '../helpers/receiver.js';
import type { Behaviour } from './behaviours.js';
import type { CallAnswer, CallEntry } from './logs.js';
import type { Recorder } from './recorder.js';

/** A callback that finds nobody is repeated after so long, in milliseconds. */
const INSIST_MS = 200;
const CALLBACK_DEADLINE = 20_000;
/** How long a receiver believes in a hub that does not answer, in milliseconds. */
const PATIENCE = 600_000;

/** Chooses by the tag that was pushed and the place in the chain. */
export type Behave = (place: { readonly tag: string; readonly position: number; readonly isBrisk: boolean }) => Behaviour;

/** The receivers of all webhooks: one server, at which each webhook has a path. */
export class Receivers {
  private readonly server: Server = createServer((request, response) => void this.take(request, response));
  /** Deliveries whose callback is under way or done. */
  private readonly told = new Set<string>();
  private readonly answered = new Map<string, number>();
  /** Callback URLs by delivery. */
  private readonly urls = new Map<string, string>();
  private readonly underWay = new Set<Promise<void>>();
  private isOpen = true;

  /**
   * @param behave how a webhook is treated, the same at every call of a delivery
   * @param log where calls and callbacks go now: each window of a run has its own
   */
  constructor(private readonly behave: Behave, private readonly log: () => Recorder) {}

  /** Listens on a port of this machine. */
  async open(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /** The URL of a webhook. */
  url(repository: string, position: number, isBrisk: boolean): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/${repository}/${position}${isBrisk ? '/brisk' : ''}`;
  }

  /** Calls back for a delivery until the hub has answered. */
  async callBack(deliveryId: string, state: CallbackState): Promise<void> {
    const url = this.urls.get(deliveryId);
    if (url === undefined) throw new Error(`${deliveryId} was never called`);
    await this.insist(deliveryId, url, state);
  }

  /** Waits until every callback has been answered. */
  async settle(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  /** Stops calling back and listening. */
  async close(): Promise<void> {
    this.isOpen = false;
    this.server.close();
    this.server.closeAllConnections();
    await this.settle();
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = await this.read(request);
    if (!call) return void response.destroy();
    const { entry, payload, isBrisk } = call;
    const nth = (this.answered.get(entry.deliveryId) ?? 0) + 1;
    this.answered.set(entry.deliveryId, nth);
    const behaviour = this.behave({ tag: entry.told.tag, position: entry.position, isBrisk });
    const tell = () => this.callBackOnce(entry, payload.callback_url, behaviour);
    if (behaviour.callback === 'early') tell();
    if (behaviour.answerDelay > 0) await wait(behaviour.answerDelay);
    const isFailed = nth <= behaviour.failures;
    entry.answer = await answer(response, isFailed ? behaviour.fault : 200);
    // A caller that is gone has not said so: what was taken is worked on all the same.
    if (behaviour.callback === 'after' && !isFailed) tell();
    if (behaviour.callback === 'failed' && isFailed) tell();
  }

  /** Undefined where the caller went away in the middle of its request. */
  private async read(request: IncomingMessage): Promise<{ entry: CallEntry; payload: WebhookPayload; isBrisk: boolean } | undefined> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return undefined;
      throw error;
    }
    const payload = JSON.parse(Buffer.concat(chunks).toString('utf8')) as WebhookPayload;
    const [, namespace, name, position, brisk] = (request.url ?? '').split('/');
    const entry = this.log().addCall({
      deliveryId: String(request.headers['webhook-id']),
      repository: `${namespace}/${name}`,
      position: Number(position),
      told: { repository: payload.repository.repo_name, tag: payload.push_data.tag },
    });
    this.urls.set(entry.deliveryId, payload.callback_url);
    this.log().addSecret(payload.callback_url.split('/').at(-2) ?? '');
    return { entry, payload, isBrisk: brisk !== undefined };
  }

  /** A receiver that knows the id of a delivery does its work once. */
  private callBackOnce({ deliveryId }: CallEntry, url: string, { states, callbackDelay }: Behaviour): void {
    if (this.told.has(deliveryId)) return;
    this.told.add(deliveryId);
    const all = async () => {
      await wait(callbackDelay);
      await Promise.all(states.map((state) => this.insist(deliveryId, url, state)));
    };
    const job = all().finally(() => this.underWay.delete(job));
    this.underWay.add(job);
  }

  /** Calls back until the hub has answered: while it is away, and while it says 503. */
  private async insist(deliveryId: string, url: string, state: CallbackState): Promise<void> {
    for (const end = Date.now() + PATIENCE; this.isOpen && Date.now() < end;) {
      const entry = this.log().addCallback({ deliveryId, state });
      const status = await post(url, { state });
      if (status !== undefined) entry.status = status;
      if (status !== undefined && status !== 503) return;
      await wait(INSIST_MS);
    }
  }
}

/** Writes the answer, or breaks the connection off; says what became of it. */
async function answer(response: ServerResponse, what: number | 'reset'): Promise<CallAnswer> {
  if (response.destroyed) return 'lost';
  if (what === 'reset') {
    response.socket?.resetAndDestroy();
    return 'reset';
  }
  // No idle socket is left behind: a hub that is killed must not be held up by us.
  response.writeHead(what, { connection: 'close' }).end('{}');
  return new Promise((resolve) => {
    response.once('finish', () => resolve(what));
    response.once('close', () => resolve(response.writableFinished ? what : 'lost'));
  });
}

/** By these a proxy says that it got no answer. */
const OF_PROXIES: ReadonlySet<number> = new Set([502, 503, 504]);

/** The status of the hub's answer; undefined where none came. */
async function post(url: string, body: object): Promise<number | undefined> {
  try {
    const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(url, { ...options, signal: AbortSignal.timeout(CALLBACK_DEADLINE) });
    await response.text();
    // A proxy that found nobody, or lost who was to answer, says so in HTML.
    const isOfProxy = OF_PROXIES.has(response.status) && !response.headers.get('content-type')?.startsWith('application/json');
    return isOfProxy ? undefined : response.status;
  } catch {
    // Nobody there, or gone before the answer: whatever it was, the receiver knows nothing and tries again.
    return undefined;
  }
}
