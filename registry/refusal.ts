import type { IncomingMessage, ServerResponse } from 'node:http';

/** Errors of the door itself, in the registry's words: status, and the sentence that clients show. */
const REFUSALS = {
  NOT_FOUND: { status: 404, message: 'There is nothing at this address' },
  UNAVAILABLE: { status: 503, message: 'The registry does not answer now: try again in a moment' },
  BAD_GATEWAY: { status: 502, message: 'The registry broke off: try again' },
} as const;
/** Seconds. */
const RETRY_AFTER = '2';

/** Answers with an error as the registry writes them (`{"errors":[…]}`); nothing of the answer may have been sent. */
export function refuse(request: IncomingMessage, response: ServerResponse, refusal: keyof typeof REFUSALS): void {
  const { status, message } = REFUSALS[refusal];
  const code = refusal === 'BAD_GATEWAY' ? 'UNAVAILABLE' : refusal;
  const body = JSON.stringify({ errors: [{ code, message, detail: null }] });
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'X-Content-Type-Options': 'nosniff',
    'Docker-Distribution-Api-Version': 'registry/2.0',
    ...(status === 503 ? { 'Retry-After': RETRY_AFTER } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
