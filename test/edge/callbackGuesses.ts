import type { CallbackRequest } from './callbackRequests.js';
import type { Random } from './random.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BODY = '{"state":"success"}';
const HEADERS = `Host: hub\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n`;

/** The three parts of a token. */
interface Token {
  readonly kid: string;
  readonly id: string;
  readonly mac: string;
}

function drawText(random: Random, length: number): string {
  return Array.from({ length }, () => ALPHABET[random.between(0, ALPHABET.length - 1)]).join('');
}

/** One letter is another one. The last one holds bits that mean nothing: it stays. */
function alter(random: Random, text: string): string {
  const at = random.between(0, text.length - 2);
  const others = ALPHABET.replace(text[at] ?? '', '');
  return `${text.slice(0, at)}${others[random.between(0, others.length - 1)]}${text.slice(at + 1)}`;
}

/** Ways to guess the token of a delivery that exists, whose id is known to whoever guesses. */
const GUESSES: Readonly<Record<string, (random: Random, token: Token) => string>> = {
  'drawn by lot': (random, { kid, id, mac }) => `${kid}.${id}.${drawText(random, mac.length)}`,
  'one letter off': (random, { kid, id, mac }) => `${kid}.${id}.${alter(random, mac)}`,
  'cut short': (random, { kid, id, mac }) => `${kid}.${id}.${mac.slice(0, random.between(1, mac.length - 1))}`,
  'made longer': (random, { kid, id, mac }) => `${kid}.${id}.${mac}${drawText(random, random.between(1, 40))}`,
  'of another delivery': (random, { kid, id, mac }) => `${kid}.${alter(random, id)}.${mac}`,
  'by another key': (random, { id, mac }) => `${drawText(random, 8)}.${id}.${mac}`,
  'without a part': (random, { kid, id, mac }) => random.pick([`${kid}.${id}`, `${id}.${mac}`, `${kid}.${mac}`, mac]),
};
const KINDS = Object.keys(GUESSES);

/**
 * Draws a callback, right but for its token, which is a guess at that of a delivery.
 * @param path the delivery's own, `…/kid.id.mac/`.
 */
export function drawGuess(random: Random, path: string): CallbackRequest {
  const kind = random.pick(KINDS);
  const [, place = '', kid = '', id = '', mac = ''] = /^(.*\/)([^./]+)\.([^./]+)\.([^./]+)\/$/.exec(path) ?? [];
  const guess = GUESSES[kind]?.(random, { kid, id, mac });
  if (!guess || !mac) throw new Error(`${path} holds no token to guess`);
  return { kind: `a token ${kind}`, statuses: [404], bytes: Buffer.from(`POST ${place}${guess}/ HTTP/1.1\r\n${HEADERS}\r\n${BODY}`) };
}
