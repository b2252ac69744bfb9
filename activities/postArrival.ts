import type { Dispatcher } from 'undici';
import type { Answer } from './postResult.js';

/** PostgreSQL's text and jsonb refuse NUL. */
function stripNul(text: string): string {
  return text.replaceAll('\0', '');
}

function flattenHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const flat = Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')] as const);
  return Object.fromEntries(flat.map(([name, value]) => [name, stripNul(value)]));
}

/** What has arrived so far, kept outside the call so that it survives the call's failure. */
export class Arrival {
  private response: Dispatcher.ResponseData | undefined;
  private readonly chunks: Buffer[] = [];
  private truncated = true;

  /** Reads to the end, or to `limit` bytes: then the stream, and with it the socket, is destroyed. */
  async read(response: Dispatcher.ResponseData, limit: number): Promise<Answer> {
    this.response = response;
    let room = limit;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      this.chunks.push(chunk.subarray(0, room));
      if (chunk.length > room) return this.describe(response);
      room -= chunk.length;
    }
    this.truncated = false;
    return this.describe(response);
  }

  /** Undefined before the status has come. */
  get answer(): Answer | undefined {
    return this.response && this.describe(this.response);
  }

  /** A character that was cut in two is left out. */
  private describe({ statusCode, headers }: Dispatcher.ResponseData): Answer {
    const { truncated } = this;
    const body = stripNul(new TextDecoder().decode(Buffer.concat(this.chunks), { stream: truncated }));
    return { status: statusCode, headers: flattenHeaders(headers), body, truncated };
  }
}
