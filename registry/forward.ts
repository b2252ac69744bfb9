import { Agent as HttpAgent, request as sendHttp, type ClientRequest, type IncomingMessage, type RequestOptions, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent, request as sendHttps } from 'node:https';
import { pipeline } from 'node:stream';
import type { Logger } from '../log.js';
import { findClient, forwardHeaders, listEndToEnd } from './headers.js';
import { resolveTarget, type FindOfficial } from './names.js';
import { refuse } from './refusal.js';
import type { Upstream } from './upstream.js';

interface ForwarderOptions {
  readonly upstream: Upstream;
  readonly publicUrl: URL;
  readonly trustedProxies: number;
  readonly log: Logger;
  readonly findOfficial: FindOfficial;
}

/** Passes one request on. `waits`: the client sends its body only when it is told to continue. */
export type Forward = (request: IncomingMessage, response: ServerResponse, waits: boolean) => void;

/**
 * Streams requests to the registry and its answers back: no more of a body is held than the buffers of two sockets. When
 * either side goes, the other one is let go too.
 */
export function createForwarder({ upstream, publicUrl, trustedProxies, log, findOfficial }: ForwarderOptions): Forward {
  const send = createSender();
  const pass = (request: IncomingMessage, response: ServerResponse, { target, waits }: { target: string; waits: boolean }): void => {
    const origin = upstream.origin();
    if (origin === undefined) return refuse(request, response, 'UNAVAILABLE');
    const url = new URL(origin);
    const headers = forwardHeaders(request, { client: findClient(request, trustedProxies), publicUrl, host: upstream.keepsHost ? undefined : url.host });
    const sent = send(url, { method: request.method, path: target, headers: waits ? { ...headers, expect: '100-continue' } : headers });
    let answered = false;
    sent.on('response', (answer) => {
      answered = true;
      passBack(answer, response);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // After the answer it is only the rest of a body that the registry no longer wants.
      if (answered || response.destroyed) return;
      log.warn({ code: error.code, method: request.method }, 'the registry does not answer');
      refuse(request, response, error.code === 'ECONNREFUSED' ? 'UNAVAILABLE' : 'BAD_GATEWAY');
    });
    // The client went before it had its answer.
    response.on('close', () => {
      if (!response.writableFinished) sent.destroy();
    });
    passBody(request, response, { sent, waits });
  };
  return (request, response, waits) => {
    resolveTarget(request.url ?? '', findOfficial).then(
      (target) => {
        // Who has gone meanwhile asks for nothing any more.
        if (!response.destroyed) pass(request, response, { target, waits });
      },
      (err: unknown) => {
        log.error({ err }, 'the name of a repository cannot be looked up');
        if (!response.destroyed) refuse(request, response, 'UNAVAILABLE');
      },
    );
  };
}

function createSender(): (url: URL, options: RequestOptions) => ClientRequest {
  // Their number is that of the clients.
  const plain = new HttpAgent({ keepAlive: true });
  const secure = new HttpsAgent({ keepAlive: true });
  return ({ protocol, hostname, port }, options) => {
    const host = hostname.replace(/^\[|\]$/g, '');
    const target = { ...options, host, port };
    return protocol === 'https:' ? sendHttps({ ...target, agent: secure }) : sendHttp({ ...target, agent: plain });
  };
}

function passBody(request: IncomingMessage, response: ServerResponse, { sent, waits }: { sent: ClientRequest; waits: boolean }): void {
  const pass = (): void => {
    request.pipe(sent);
    // An answer may come before the body ends. What is left of it is read and dropped, or the client would never hear us.
    sent.on('close', () => {
      request.unpipe(sent);
      request.resume();
    });
  };
  // The rest of an upload that broke off never comes: the registry must see it break off too, not end.
  request.on('error', () => sent.destroy());
  // The registry may have its say about the headers before a byte of the body is here.
  sent.flushHeaders();
  if (!waits) return pass();
  // Refused before it was sent, the body never comes: what came next on this connection would be taken for it.
  response.setHeader('Connection', 'close');
  sent.on('continue', () => {
    response.removeHeader('Connection');
    response.writeContinue();
    pass();
  });
}

function passBack(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, listEndToEnd(answer).flat());
  // Where the registry breaks off, the client's connection breaks off too: a short body must not look whole.
  pipeline(answer, response, () => undefined);
}
