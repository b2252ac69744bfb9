/** Requests that two HTTP parsers could read in two ways, or that no parser should read. None may be answered but by closing. */

const LONG = 20_000;

/** Lines of one request, from the request line on; what stands after an empty line is the body. */
type Lines = readonly string[];

function post(target: string, headers: readonly string[], body = ''): string {
  return [`POST ${target} HTTP/1.1`, 'Host: hub', 'Content-Type: application/json', ...headers, '', body].join('\r\n');
}

function chunked(target: string, chunks: string, header = 'Transfer-Encoding: chunked'): string {
  return post(target, [header], chunks);
}

function get(target: string, lines: Lines): string {
  return [`GET ${target} HTTP/1.1`, 'Host: hub', ...lines, '', ''].join('\r\n');
}

/** By name, for a target that takes a POST. */
export function listSmuggled(target: string): Readonly<Record<string, string>> {
  const body = '{"state":"success"}';
  const length = `Content-Length: ${body.length}`;
  const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  return {
    'a length and chunks': post(target, [length, 'Transfer-Encoding: chunked'], chunks),
    'chunks and a length': post(target, ['Transfer-Encoding: chunked', 'Content-Length: 4'], chunks),
    'two lengths': post(target, [length, 'Content-Length: 0'], body),
    'the same length twice': post(target, [length, length], body),
    'a list of lengths': post(target, [`Content-Length: ${body.length}, ${body.length}`], body),
    'a length with a sign': post(target, [`Content-Length: +${body.length}`], body),
    'a negative length': post(target, ['Content-Length: -1'], body),
    'a hexadecimal length': post(target, ['Content-Length: 0x13'], body),
    'a length with a blank in it': post(target, ['Content-Length: 1 9'], body),
    'a length that no number holds': post(target, [`Content-Length: ${'9'.repeat(40)}`], body),
    'a blank before the colon': post(target, [`Content-Length : ${body.length}`], body),
    'a blank before the colon of chunks': chunked(target, chunks, 'Transfer-Encoding : chunked'),
    'chunked, and something after it': chunked(target, chunks, 'Transfer-Encoding: chunked, identity'),
    'chunked twice over': chunked(target, chunks, 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity'),
    'nearly chunked': chunked(target, chunks, 'Transfer-Encoding: xchunked'),
    'a vertical tab before chunked': chunked(target, chunks, 'Transfer-Encoding: \x0bchunked'),
    'a folded header': post(target, [length, 'X-Folded: a\r\n b'], body),
    'folded chunks': chunked(target, chunks, 'Transfer-Encoding:\r\n chunked'),
    'a bare CR in a header': post(target, [length, 'X-Bare: a\rContent-Length: 0'], body),
    'a bare CR before the end of the headers': post(target, [length, 'X-Bare: a\r'], body),
    'CR CR LF at the end of the headers': `POST ${target} HTTP/1.1\r\nHost: hub\r\n${length}\r\n\r\r\n${body}`,
    'a bare LF between headers': `POST ${target} HTTP/1.1\nHost: hub\nContent-Type: application/json\n${length}\n\n${body}`,
    'NUL in a header': post(target, [length, 'X-Null: a\0b'], body),
    'NUL in a name': post(target, [length, 'X-\0Null: a'], body),
    'a header without a name': post(target, [length, ': a'], body),
    'a header without a colon': post(target, [length, 'X-None'], body),
    'a blank in a name': post(target, [length, 'X Y: a'], body),
    'no host': `POST ${target} HTTP/1.1\r\nContent-Type: application/json\r\n${length}\r\n\r\n${body}`,
    'two hosts': post(target, ['Host: other', length], body),
    'a chunk of no size': chunked(target, `zz\r\n${body}\r\n0\r\n\r\n`),
    'a chunk of a negative size': chunked(target, `-13\r\n${body}\r\n0\r\n\r\n`),
    'a chunk in 0x': chunked(target, `0x13\r\n${body}\r\n0\r\n\r\n`),
    'a chunk that no number holds': chunked(target, `${'F'.repeat(20)}\r\n${body}\r\n0\r\n\r\n`),
    'a chunk longer than it says': chunked(target, `5\r\n${body}\r\n0\r\n\r\n`),
    'a chunk that ends by a bare LF': chunked(target, `13\n${body}\n0\n\n`),
    'a chunk size that a bare CR ends': chunked(target, `13\r${body}\r\n0\r\n\r\n`),
    'a chunk extension with a bare LF': chunked(target, `13;a=b\n${body}\r\n0\r\n\r\n`),
    'a flood of headers': post(target, [length, ...Array.from({ length: 1500 }, (_, index) => `X-${index}: aaaaaaaa`)], body),
    'one header without end': post(target, [length, `X-Long: ${'a'.repeat(LONG)}`], body),
    'a request line without end': get(`${target}?${'a'.repeat(LONG)}`, []),
    'a method without end': `${'A'.repeat(LONG)} / HTTP/1.1\r\nHost: hub\r\n\r\n`,
    'a method in small letters': `get ${target} HTTP/1.1\r\nHost: hub\r\n\r\n`,
    'an unknown method': `SMUGGLE ${target} HTTP/1.1\r\nHost: hub\r\n\r\n`,
    'a blank before the request line': ` GET ${target} HTTP/1.1\r\nHost: hub\r\n\r\n`,
    'a blank in the target': `GET ${target} x HTTP/1.1\r\nHost: hub\r\n\r\n`,
    'a tab in the request line': `GET\t${target}\tHTTP/1.1\r\nHost: hub\r\n\r\n`,
    'no version': `GET ${target}\r\nHost: hub\r\n\r\n`,
    'version 2 in the clear': `GET ${target} HTTP/2.0\r\nHost: hub\r\n\r\n`,
    'a version of its own': `GET ${target} HTTP/1.11\r\nHost: hub\r\n\r\n`,
    'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'TLS': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'a tunnel': 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n',
    'nothing but noise': '\x00\x01\x02\xff\xfe\r\n\r\n',
  };
}
