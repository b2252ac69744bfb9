import type { ServerResponse } from 'node:http';
import type { LocatedChange, Position } from '../../db/changes.js';
import type { RunHistory } from '../../db/history.js';
import { isUnavailable } from '../../db/errors.js';
import type { Hub } from '../hub.js';
import { LiveStream, type StreamScope } from './stream.js';

/** What a client asked for, and how it is answered. */
export interface LiveRequest extends StreamScope {
  /** Where the client was when it lost the stream. */
  readonly after: Position | undefined;
  /** What is shown first to who comes new; of one topic the same. */
  readPresent(): Promise<readonly RunHistory[]>;
  /** @throws ApiError once the caller may not see it any more. Callers of one name may the same. */
  readonly right: { readonly name: string; check(): Promise<void> };
}

/** Sends a client what it missed, or else the present state, and then every change until it goes, or may not listen any more. */
export async function serveStream(hub: Pick<Hub, 'changes' | 'log'>, response: ServerResponse, request: LiveRequest): Promise<void> {
  const stream = new LiveStream(response, request);
  const { position, missed, leave } = await hub.changes.join(stream, request.after);
  // The client may have gone while others were waited for: it says so only once.
  if (response.destroyed) return leave();
  const timer = setInterval(() => void beat(hub, stream, request), hub.changes.heartbeat);
  response.once('close', () => {
    clearInterval(timer);
    leave();
  });
  await catchUp(hub, stream, { request, position, missed });
  stream.open();
}

interface Entry {
  readonly request: LiveRequest;
  readonly position: Position;
  readonly missed: readonly LocatedChange[] | undefined;
}

async function catchUp({ changes }: Pick<Hub, 'changes'>, stream: LiveStream, { request, position, missed }: Entry): Promise<void> {
  if (missed) await changes.tell(stream, missed);
  else await stream.writePresent(await changes.states(request.topic, () => request.readPresent()), position);
}

/** Shows that the stream lives, where its listener may still have it. */
async function beat({ changes, log }: Pick<Hub, 'changes' | 'log'>, stream: LiveStream, { right }: LiveRequest): Promise<void> {
  try {
    await changes.rights(right.name, () => right.check());
    stream.beat();
  } catch (error) {
    // While the database is away nothing is read and nothing shown; it is looked at again.
    if (isUnavailable(error)) return;
    log.debug({ err: error }, 'a stream has ended: its listener may not see it any more');
    stream.end();
  }
}
