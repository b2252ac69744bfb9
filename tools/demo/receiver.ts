import { createServer, type IncomingMessage, type Server } from 'node:http';

/** What a receiver says in its callback. */
export interface Verdict {
  readonly state: 'success' | 'failure' | 'error';
  readonly description: string;
}

/** A small receiver: answers 200 at once, works for a moment, then POSTs its callback. */
export interface Receiver {
  readonly url: string;
  /** How often it was called. */
  readonly calls: () => number;
  close(): Promise<void>;
}

/** Starts a receiver on a free port of this machine. `work` is how long it takes, in milliseconds. */
export async function startReceiver(name: string, work: number, judge: (tag: string) => Verdict): Promise<Receiver> {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    void readJson(request).then(({ callback_url, push_data }) => {
      response.end('{"accepted":true}');
      setTimeout(() => void callBack(name, callback_url, judge(push_data.tag)), work);
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/${name}`,
    calls: () => calls,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

interface Payload {
  readonly callback_url: string;
  readonly push_data: { readonly tag: string };
}

async function readJson(request: IncomingMessage): Promise<Payload> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Payload;
}

async function callBack(name: string, url: string, verdict: Verdict): Promise<void> {
  const body = JSON.stringify({ ...verdict, context: name, target_url: `https://${name}.example/builds/1` });
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (!answer.ok) console.error(`${name}: the callback was answered ${answer.status}: ${await answer.text()}`);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the receiver has no port');
  return address.port;
}
