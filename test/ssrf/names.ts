/** What a name server answers to one question after the other; `fail` is its response code. */
export interface NameAnswers {
  readonly a?: readonly string[];
  readonly aaaa?: readonly string[];
  readonly alias?: string;
  readonly fail?: number;
}

/** A name: what it answers at the saving of a URL, and from then on where that differs. */
export interface NameCase {
  readonly zone: string;
  readonly saved: NameAnswers;
  readonly called?: NameAnswers;
}

const OUT = '93.184.216.34';
const OUT6 = '2606:4700::1111';

const INSIDE: readonly NameAnswers[] = [
  ...['127.0.0.1', '0.0.0.0', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '168.63.129.16', '100.64.0.1', '192.0.0.192', '198.18.0.1', '224.0.0.1', '240.0.0.1'].map((one) => ({ a: [one] })),
  ...['::1', '::', '::ffff:127.0.0.1', '::127.0.0.1', '::ffff:0:7f00:1', '64:ff9b::7f00:1', '64:ff9b:1::7f00:1', '2002:7f00:1::', '2001:0:7f00:1::1', 'fe80::1', 'fec0::1', 'fd00:ec2::254', '2606:4700::5efe:7f00:1'].map((one) => ({ aaaa: [one] })),
];
const MIXED: readonly NameAnswers[] = [
  { a: [OUT, '127.0.0.1'] }, { a: ['127.0.0.1', OUT] }, { a: [OUT, OUT, OUT, OUT, '127.0.0.1'] }, { a: [OUT, '10.0.0.1'] }, { a: [OUT], aaaa: ['::1'] },
  { a: ['127.0.0.1'], aaaa: [OUT6] }, { a: [OUT], aaaa: [OUT6, '::1'] }, { a: [OUT], aaaa: ['::ffff:127.0.0.1'] }, { a: [OUT], aaaa: ['fd00::1'] }, { a: [OUT, '169.254.169.254'], aaaa: [OUT6] },
  { a: ['0.0.0.0', OUT] }, { a: [OUT], aaaa: [OUT6, OUT6, OUT6, OUT6, '64:ff9b::7f00:1'] },
];
const ALIASES: readonly NameAnswers[] = [{ alias: 'localhost', a: ['127.0.0.1'] }, { alias: 'metadata.public.test', a: ['169.254.169.254'] }, { alias: 'x.public.test', aaaa: ['::1'] }];
/** What a name that was public when its URL was saved leads to when it is called. */
const LATER: readonly NameAnswers[] = [...INSIDE.slice(0, 6), ...INSIDE.slice(12, 16), ...MIXED, ...ALIASES];

/** All that leads inside at the saving already, and all that leads there only later. */
export const NAMES: readonly NameCase[] = [
  ...INSIDE.map((saved, index) => ({ zone: `inside${index}`, saved })),
  ...MIXED.map((saved, index) => ({ zone: `mixed${index}`, saved })),
  ...ALIASES.map((saved, index) => ({ zone: `alias${index}`, saved })),
  ...LATER.map((called, index) => ({ zone: `rebind${index}`, saved: index % 2 === 0 ? { a: [OUT] } : { a: [OUT], aaaa: [OUT6] }, called })),
  // Unknown, or out of order, at the saving: such a URL is taken, and each call asks again.
  { zone: 'unknown', saved: { fail: 3 }, called: { a: ['127.0.0.1'] } },
  { zone: 'broken', saved: { fail: 2 }, called: { a: ['127.0.0.1'] } },
  { zone: 'empty', saved: {}, called: { aaaa: ['::1'] } },
];
