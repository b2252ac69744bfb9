import { once } from 'node:events';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { Cleaner } from './database.js';
import { pollUntil } from './poll.js';

/** One event as it came. */
export interface Received {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** A client of server-sent events. */
export interface EventClient {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly events: readonly Received[];
  /** How many comments came. */
  comments(): number;
  /** What a browser would send to go on. */
  lastId(): string | undefined;
  /** Whether the server has ended the stream. */
  isOver(): boolean;
  close(): void;
  /** Stops and goes on with reading. */
  pause(): void;
  resume(): void;
  /** Waits until enough has come. */
  until(what: string, enough: (events: readonly Received[]) => boolean): Promise<readonly Received[]>;
}

export interface EventOptions {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly lastId?: string | undefined;
}

/** Opens a stream at a path of a hub; it is closed when the test ends. */
export async function openEvents(t: Cleaner, url: string, { token, headers, lastId }: EventOptions = {}): Promise<EventClient> {
  const sent = request(url, {
    agent: false,
    headers: {
      accept: 'text/event-stream', ...headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
    },
  }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  t.teardown(() => void response.destroy());
  return read(response);
}

function read(response: IncomingMessage): EventClient {
  const events: Received[] = [];
  const state = { rest: '', comments: 0, lastId: undefined as string | undefined, isOver: false };
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const blocks = (state.rest + chunk).split('\n\n');
    state.rest = blocks.pop() ?? '';
    for (const block of blocks) {
      if (block.startsWith(':')) state.comments += 1;
      const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
      state.lastId = fields.get('id') ?? state.lastId;
      const [event, data] = [fields.get('event'), fields.get('data')];
      if (event !== undefined && data !== undefined) events.push({ id: fields.get('id'), event, data: JSON.parse(data) as Record<string, unknown> });
    }
  });
  response.on('close', () => { state.isOver = true; });
  // A stream that is cut is over.
  response.on('error', () => { state.isOver = true; });
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    comments: () => state.comments,
    lastId: () => state.lastId,
    isOver: () => state.isOver,
    close: () => void response.destroy(),
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    until: async (what, enough) => pollUntil(`${what}; so far: ${events.map(({ event }) => event).join(' ')}`, async () => enough(events) && events),
  };
}
