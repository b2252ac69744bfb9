import type { Random } from './random.js';

/** JSON texts of callbacks, right and wrong, as a grammar draws them. */

const STATES = ['success', 'failure', 'error'];
const WORDS = ['', 'a', 'all green', 'ünïcode', '🐳🐳', 'x'.repeat(100), 'line\\nbreak', '\\u00e9', '"quoted"', '</script>', '%00', '..//', "' OR 1=1 --"];
const URLS = ['https://ci.example/7', 'http://a.example:8080/x?y=z#w', 'https://xn--nxasmq6b.example/', 'http://[2001:db8::1]/'];
const SPACE = ['', '', '', ' ', '\n', '\t', '\r\n  '];

type Member = readonly [name: string, value: string];

function quote(random: Random, text: string): string {
  const plain = JSON.stringify(text.replaceAll('\\n', '\n'));
  // The same text in another spelling.
  return random.chance(0.1) ? `"${Array.from(plain.slice(1, -1)).map((sign) => (/[a-z]/.test(sign) && !plain.includes('\\') && random.chance(0.3) ? escape(sign) : sign)).join('')}"` : plain;
}

function escape(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Any JSON value, nested at most so deep. */
export function drawValue(random: Random, depth = 3): string {
  const kind = random.between(0, depth > 0 ? 8 : 5);
  const count = random.between(0, 3);
  const items = Array.from({ length: kind > 5 ? count : 0 }, () => drawValue(random, depth - 1));
  switch (kind) {
    case 0: return 'null';
    case 1: return random.pick(['true', 'false']);
    case 2: return random.pick(['0', '-0', '1', '-1.5', '1e400', '-1E-400', '12345678901234567890', '9'.repeat(400), '0.1e+2']);
    case 3: case 4: case 5: return quote(random, random.pick(WORDS));
    case 6: return `[${items.join(random.pick(SPACE) + ',')}]`;
    default: return `{${items.map((item, index) => `"k${index}":${item}`).join(',')}}`;
  }
}

/** Members of a callback that is right. */
export function drawMembers(random: Random): Member[] {
  const members: Member[] = [['state', quote(random, random.pick(STATES))]];
  if (random.chance(0.4)) members.push(['description', random.chance(0.1) ? 'null' : quote(random, random.pick(WORDS))]);
  if (random.chance(0.3)) members.push(['context', random.chance(0.1) ? 'null' : quote(random, random.pick(WORDS))]);
  if (random.chance(0.3)) members.push(['target_url', JSON.stringify(random.pick(URLS))]);
  // Unknown fields are ignored.
  for (let index = random.between(-2, 3); index > 0; index -= 1) members.push([`x${index}`, drawValue(random)]);
  return random.shuffle(members);
}

/** Members as text, with blanks where they may stand. */
export function write(random: Random, members: readonly Member[]): string {
  const blank = (): string => random.pick(SPACE);
  const parts = members.map(([name, value]) => `${blank()}"${name}"${blank()}:${blank()}${value}${blank()}`);
  return `${blank()}{${parts.join(',')}}${blank()}`;
}

const BAD_VALUES: Readonly<Record<string, readonly string[]>> = {
  state: ['null', '1', '[]', '["success"]', '{}', '""', '"SUCCESS"', '"done"', '" success"', 'true', '"success\\u0000"', '1e400'],
  description: ['1', '[]', '{}', 'true', `"${'🐳'.repeat(256)}"`, '"\\ud800"', '"a\\u0000"'],
  context: ['1', '[]', '{}', 'false', `"${'x'.repeat(101)}"`, '"\\udc00"'],
  target_url: ['1', '""', '"/x"', '"javascript:alert(1)"', '"data:text/html,x"', '" https://a.example"', '"ftp://a.example/"', `"https://a.example/${'x'.repeat(2000)}"`],
};

/** A right callback but for one value. */
export function drawBadValue(random: Random): string {
  const name = random.pick(Object.keys(BAD_VALUES));
  const rest = drawMembers(random).filter(([other]) => other !== name);
  return write(random, random.shuffle([...rest, [name, random.pick(BAD_VALUES[name] ?? [])]]));
}

/** A right callback in which a name stands twice. */
export function drawTwice(random: Random): string {
  const members = drawMembers(random);
  const [name] = random.pick(members);
  const spelt = random.chance(0.3) ? escape(name[0] ?? '') + name.slice(1) : name;
  return write(random, random.shuffle([...members, [spelt, drawValue(random)]]));
}

const NO_JSON = [
  'NaN', 'Infinity', '-Infinity', 'undefined', "'x'", '0x10', '01', '+1', '.5', '1.', '1e', '"\\x41"', '"\\u12"', '"\t"', '"', '[1,]', '{"a":1,}', '{a:1}', '/**/1', '//',
  'nul', 'True', '"\u0000"', '[', '{', '{"a"}', '[1 2]', '\u00a01', '\ufeff1',
];

/** A right callback with a value in it that is no JSON. */
export function drawNoJson(random: Random): string {
  return write(random, random.shuffle([...drawMembers(random), ['y', random.pick(NO_JSON)]]));
}

const NO_OBJECT = ['null', '[]', '1', '"success"', 'true', '[{"state":"success"}]', '{}{}', '{"state":"success"}x', '{"state":"success"},', '""', '[[[[]]]]', '{', ''];

export function drawNoObject(random: Random): string {
  return random.pick(NO_OBJECT);
}

const PROTOTYPES: readonly Member[] = [
  ['__proto__', '{"state":"failure"}'], ['\\u005f_proto__', '{}'], ['__proto\\u005f_', 'null'], ['constructor', '{"prototype":{"x":1}}'],
  ['c\\u006fnstructor', '{"prototype":{}}'], ['x', '{"y":[{"__proto__":{"z":1}}]}'],
];

export function drawPrototype(random: Random): string {
  return write(random, random.shuffle([...drawMembers(random).filter(([name]) => !name.startsWith('x')), random.pick(PROTOTYPES)]));
}

/** Brackets deeper than any reader likes, closed or not. */
export function drawBomb(random: Random): string {
  const depth = random.pick([65, 100, 1000, 2500]);
  const [open, close] = random.pick([['[', ']'], ['{"a":', '}'], ['[{"a":', '}]']] as const);
  const times = Math.min(depth, Math.floor(15_000 / (open.length + close.length)));
  const bomb = open.repeat(times) + (random.chance(0.7) ? `1${close.repeat(times)}` : '');
  return random.chance(0.3) ? bomb : `{"state":"success","x":${bomb}}`;
}
