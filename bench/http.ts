import { Agent, request } from 'undici';

/** Kept connections, as many as there are calls at once: none of them is part of what is measured. */
const agent = new Agent({ keepAliveTimeout: 60_000, keepAliveMaxTimeout: 60_000, headersTimeout: 60_000, bodyTimeout: 60_000 });

/** An answer with the milliseconds until its last byte. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly ms: number;
}

/** Posts JSON over a kept connection. */
export async function post(url: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const text = JSON.stringify(body);
  const started = performance.now();
  const answer = await request(url, { method: 'POST', dispatcher: agent, headers: { 'content-type': 'application/json', ...headers }, body: text });
  const read = await answer.body.text();
  return { status: answer.statusCode, text: read, ms: performance.now() - started };
}
