import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** One record of an answer: the bytes of its data as they stand on the wire. */
export interface NameRecord {
  readonly type: number;
  readonly data: readonly number[];
}

/** An answer of a name server: the response code, and its records. */
export interface NameAnswer {
  readonly rcode: number;
  /** The one record, of the type that was asked for. */
  readonly data?: readonly number[];
  readonly records?: readonly NameRecord[];
}

/** What to answer to a query; `undefined` lets it hang. */
export type NameReply = (type: number, name: string) => NameAnswer | undefined;

/** The record types that a resolver asks for. */
export const RECORD = { A: 1, CNAME: 5, AAAA: 28 } as const;

/** A name server on a loopback port of its own; its HOST:PORT. It ends with the process. */
export async function startNameServer(reply: NameReply): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const end = query.indexOf(0, 12) + 5;
    const type = query.readUInt16BE(end - 4);
    const answer = reply(type, readName(query));
    if (answer) socket.send(writeAnswer(query.subarray(0, end), type, answer), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.unref();
  return `127.0.0.1:${socket.address().port}`;
}

function readName(query: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; query.readUInt8(at) > 0; at += query.readUInt8(at) + 1) {
    labels.push(query.toString('latin1', at + 1, at + 1 + query.readUInt8(at)));
  }
  return labels.join('.').toLowerCase();
}

/** A name as it stands in a record. */
export function writeName(name: string): number[] {
  return [...name.split('.').flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]), 0];
}

function writeAnswer(query: Buffer, type: number, { rcode, data, records }: NameAnswer): Buffer {
  const all = records ?? (data ? [{ type, data }] : []);
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180 | rcode, 2);
  header.fill(0, 6, 12);
  header.writeUInt16BE(all.length, 6);
  // Every record is of the name that was asked for, a pointer to offset 12, and lives for no time; what an alias leads to follows it.
  let owner = [0xc0, 12];
  const rows = all.flatMap((record) => {
    const row = [...owner, 0, record.type, 0, 1, 0, 0, 0, 0, 0, record.data.length, ...record.data];
    if (record.type === RECORD.CNAME) owner = [...record.data];
    return row;
  });
  return Buffer.concat([header, query.subarray(12), Buffer.from(rows)]);
}
