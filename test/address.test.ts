import type { LookupAddress } from 'node:dns';
import test from 'ava';
import {
  createAddressGuard, createHostResolver, ForbiddenAddressError, HostLookupError, HostNotFoundError, parseAllowEntry,
} from '../address.js';
import { RECORD, startNameServer, type NameReply } from './helpers/nameServer.js';

const toAddress = (address: string): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 });
const answerWith = (...addresses: string[]) => async () => addresses.map(toAddress);
const PUBLIC = '93.184.216.34';

/** Hosts as they may stand in a URL; all lead inside. */
const FORBIDDEN_HOSTS = [
  '127.0.0.1', '127.1', '127.0.0.1.', '127.0.0.1..', '2130706433', '0x7f000001', '0x7f.1', '017700000001', '0177.0.0.1',
  '①②⑦.⓪.⓪.①', '１２７.０.０.１', '127。0。0。1', '%31%32%37.0.0.1', '0', '0.0.0.0', '127.255.255.254',
  'localhost', 'localhost.', 'LOCALHOST', '[::1]', '[0:0:0:0:0:0:0:1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]',
  '[::127.0.0.1]', '[::ffff:0:127.0.0.1]', '[64:ff9b::7f00:1]', '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]', '[2001:0:7f00:1::1]',
  '169.254.169.254', '168.63.129.16', '[::ffff:168.63.129.16]', '100.64.0.1', '100.100.100.200', '10.0.0.1',
  '172.16.0.1', '192.168.1.1', '192.0.0.192', '192.0.2.1', '198.18.0.1', '224.0.0.1', '240.0.0.1',
  '255.255.255.255', '[fe80::1]',
  '[fec0::1]', '[fc00::1]', '[fd00:ec2::254]', '[ff02::1]', '[2001:db8::1]', '[100:0:0:1::1]', '[4000::1]', '[fe00::1]',
];

for (const host of FORBIDDEN_HOSTS) {
  test(`a URL with the host ${host} is refused`, async (t) => {
    const guard = createAddressGuard({ allow: [], resolve: answerWith('127.0.0.1') });
    await t.throwsAsync(guard.checkUrl(`http://${host}:8080/`), { instanceOf: ForbiddenAddressError });
  });
}

test('a public address passes, as a literal and by name', async (t) => {
  const guard = createAddressGuard({ allow: [], resolve: answerWith(PUBLIC, '2606:4700::1111') });
  t.deepEqual(await guard.resolveAllowed('hooks.example.', 443), [toAddress(PUBLIC), toAddress('2606:4700::1111')]);
  t.deepEqual(await guard.resolveAllowed('[2606:4700::1111]', 443), [toAddress('2606:4700::1111')]);
  t.is((await guard.checkUrl(`https://${PUBLIC}/a?b`)).href, `https://${PUBLIC}/a?b`);
});

test('the reason is a sentence for people, and hides what a name resolves to', async (t) => {
  const guard = createAddressGuard({ allow: [], resolve: answerWith('10.1.2.3') });
  t.is(guard.checkAddress('127.0.0.1', 'x', 80), '127.0.0.1 is a loopback address');
  t.is(guard.checkAddress('fe80::1%eth0', 'x', 80), 'fe80::1%eth0 is an address with a zone id');
  t.is(guard.checkAddress('127.1', 'x', 80), '127.1 is not an IP address');
  t.is(guard.checkAddress('2002:7f00:1::', 'x', 80), '2002:7f00:1:: is a special-purpose address (6to4)');
  t.is(guard.checkAddress('::7f00:1', 'x', 80), '::7f00:1 is an IPv4-compatible address');
  t.is(guard.checkAddress(PUBLIC, 'x', 80), undefined);
  const error = await t.throwsAsync(guard.resolveAllowed('db.internal', 80), { instanceOf: ForbiddenAddressError });
  t.is(error.reason, 'db.internal resolves to a private address');
});

const MIXED = [['127.0.0.1'], [PUBLIC, '10.0.0.1'], ['10.0.0.1', PUBLIC], [PUBLIC, '::1'], [PUBLIC, 'fe80::1%eth0']];
for (const set of MIXED) {
  test(`a name that answers ${set.join(' and ')} is refused whole`, async (t) => {
    const guard = createAddressGuard({ allow: [], resolve: answerWith(...set) });
    await t.throwsAsync(guard.resolveAllowed('mixed.example', 80), { instanceOf: ForbiddenAddressError });
    await t.throwsAsync(guard.checkUrl('http://mixed.example/'), { instanceOf: ForbiddenAddressError });
  });
}

test('each call resolves anew: an answer that changes after the saving is refused', async (t) => {
  const answers = [PUBLIC, '127.0.0.1'];
  const guard = createAddressGuard({ allow: [], resolve: async () => [toAddress(answers.shift() ?? '')] });
  await t.notThrowsAsync(guard.checkUrl('http://rebind.example/'));
  await t.throwsAsync(guard.resolveAllowed('rebind.example', 80), { instanceOf: ForbiddenAddressError });
});

const FORBIDDEN_URLS = [
  'ftp://example.com/', 'file:///etc/passwd', 'javascript:alert(1)', ' java\nscript:alert(1)', 'gopher://example.com/',
  'data:text/plain,x', 'http://user@example.com/', 'http://user:pass@example.com/', 'http://:pass@example.com/',
  'http://example.com@127.0.0.1/', 'http://', 'http://./', 'http://../', 'https://[::1', 'http://[fe80::1%25eth0]/',
  'http://256.1.1.1/', 'example.com', '', `http://example.com/${'a'.repeat(2000)}`,
];
for (const url of FORBIDDEN_URLS) {
  test(`not a URL to call: ${JSON.stringify(url).slice(0, 40)}`, (t) => {
    const guard = createAddressGuard({ allow: [] });
    const error = t.throws(() => guard.parseHookUrl(url), { instanceOf: ForbiddenAddressError });
    t.truthy(error.reason);
  });
}

/** [entry, address, host, port, may be called] */
const ALLOW_CASES: readonly (readonly [string, string, string, number, boolean])[] = [
  ['127.0.0.0/8', '127.9.9.9', 'x', 1, true],
  ['127.0.0.0/8', '10.0.0.1', 'x', 1, false],
  ['127.0.0.0/8', '::ffff:127.0.0.1', 'x', 1, true],
  ['127.0.0.0/8', '::1', 'x', 1, false],
  ['127.0.0.0/8', '64:ff9b::7f00:1', 'x', 1, false],
  ['127.0.0.0/8:9000', '127.0.0.1', 'x', 9000, true],
  ['127.0.0.0/8:9000', '127.0.0.1', 'x', 9001, false],
  ['10.0.0.7', '10.0.0.7', 'x', 1, true],
  ['10.0.0.7', '10.0.0.8', 'x', 1, false],
  ['10.0.0.7:80', '10.0.0.7', 'x', 81, false],
  ['fd00::/8', 'fd12::1', 'x', 1, true],
  ['fd00::/8', 'fe80::1', 'x', 1, false],
  ['fd00::/8', 'fd12::1%eth0', 'x', 1, false],
  ['::1', '::1', 'x', 1, true],
  ['[::1]', '::1', 'x', 1, true],
  ['[::1/128]:9000', '::1', 'x', 9000, true],
  ['[::1/128]:9000', '::1', 'x', 9001, false],
  ['168.63.129.16', '168.63.129.16', 'x', 1, true],
  ['CI.internal.', '10.0.0.1', 'ci.internal', 1, true],
  ['ci.internal', '10.0.0.1', 'CI.Internal.', 1, true],
  ['ci.internal', '10.0.0.1', 'ci.internal.evil.example', 1, false],
  ['ci.internal', '10.0.0.1', 'evil-ci.internal', 1, false],
  ['ci.internal:8080', '10.0.0.1', 'ci.internal', 8080, true],
  ['ci.internal:8080', '10.0.0.1', 'ci.internal', 8081, false],
];
for (const [entry, address, host, port, allowed] of ALLOW_CASES) {
  test(`allowing ${entry}: ${address} as ${host}:${port} ${allowed ? 'passes' : 'is refused'}`, (t) => {
    t.is(createAddressGuard({ allow: [entry] }).checkAddress(address, host, port) === undefined, allowed);
  });
}

const MALFORMED = [
  '', ' ', '*', '*.internal', '10.0.0.0/33', '::1/129', '10.0.0/8', '127.1', '0x7f.1', '2130706433', '10.0.0.1:0',
  'host:65536', 'host:http', '[::1', '::1]:80', '[::1/128]:', 'http://ci.internal',
  'ci.internal/x', 'a b', 'a..b', '.', 'user@host',
  '::ffff:127.0.0.0/104', 'fe80::1%eth0', '10.0.0.0/', '10.0.0.0/-1', 'ci.internal/8', '10.0.0.0-10.0.0.9',
  'bücher.example',
];
for (const entry of MALFORMED) {
  test(`the allow entry ${JSON.stringify(entry)} is a fault that names it`, (t) => {
    t.true(t.throws(() => parseAllowEntry(entry)).message.startsWith(JSON.stringify(entry)));
    const fault = t.throws(() => createAddressGuard({ allow: ['127.0.0.0/8', entry] }));
    t.true(fault.message.startsWith(`HOOKLINE_ALLOW_ADDRESSES: ${JSON.stringify(entry)}: write CIDR`));
  });
}

test('an unknown host passes at the saving of its URL, not at the call', async (t) => {
  for (const error of [new HostNotFoundError('gone.example'), new HostLookupError('gone.example', 'ETIMEOUT')]) {
    const guard = createAddressGuard({ allow: [], resolve: () => Promise.reject(error) });
    t.is((await guard.checkUrl('https://gone.example/')).hostname, 'gone.example');
    t.is(await t.throwsAsync(guard.resolveAllowed('gone.example', 443)), error);
  }
  const empty = createAddressGuard({ allow: [], resolve: answerWith() });
  await t.throwsAsync(empty.resolveAllowed('gone.example', 443), { instanceOf: HostNotFoundError });
});

test('an error of the resolver that is no answer is not swallowed at the saving', async (t) => {
  const guard = createAddressGuard({ allow: [], resolve: () => Promise.reject(new TypeError('bug')) });
  await t.throwsAsync(guard.checkUrl('https://a.example/'), { instanceOf: TypeError });
});

const { A } = RECORD;
const SYSTEM = [toAddress('10.9.9.9')];
/** The default resolver with a name server and a counted system lookup. */
async function startResolver(reply: NameReply, lookup = async () => SYSTEM) {
  const asked: string[] = [];
  const servers = [await startNameServer(reply)];
  const counted = (host: string) => (asked.push(host), lookup());
  return { asked, resolve: createHostResolver({ servers, lookup: counted, deadline: 300 }) };
}

test('the name servers answer with both families', async (t) => {
  const six = [0x26, 6, 0x47, 0, ...new Array<number>(11).fill(0), 1];
  const data = (type: number) => (type === A ? [93, 184, 216, 34] : six);
  const { asked, resolve } = await startResolver((type) => ({ rcode: 0, data: data(type) }));
  t.deepEqual(await resolve('both.example'), [toAddress(PUBLIC), toAddress('2606:4700::1')]);
  t.deepEqual(asked, []);
});

test('one family missing, failing or hanging is fine', async (t) => {
  for (const other of [{ rcode: 0 }, { rcode: 2 }, undefined]) {
    const { resolve } = await startResolver((type) => (type === A ? { rcode: 0, data: [93, 184, 216, 34] } : other));
    t.deepEqual(await resolve('one.example'), [toAddress(PUBLIC)]);
  }
});

test('the system is asked for single labels and for names that the servers do not know', async (t) => {
  const { asked, resolve } = await startResolver(() => ({ rcode: 3 }));
  t.deepEqual(await resolve('localhost'), SYSTEM);
  t.deepEqual(await resolve('ci.internal'), SYSTEM);
  t.deepEqual(asked, ['localhost', 'ci.internal']);
  const unheard = createHostResolver({ servers: ['127.0.0.1:1'], lookup: async () => SYSTEM });
  t.deepEqual(await unheard('ci.internal'), SYSTEM);
});

test('a hanging or failing name server ends as a fault, without asking the system', async (t) => {
  for (const answer of [undefined, { rcode: 2 }, { rcode: 5 }]) {
    const { asked, resolve } = await startResolver(() => answer);
    await t.throwsAsync(resolve('hang.example'), { instanceOf: HostLookupError });
    t.deepEqual(asked, []);
  }
});

test('a system lookup that hangs is given up; a name it does not know is not found', async (t) => {
  const unknown = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
  const again = () => Promise.reject(Object.assign(new Error('x'), { code: 'EAI_AGAIN' }));
  const lookups = [
    { lookup: () => new Promise<never>(() => undefined), instanceOf: HostLookupError },
    { lookup: unknown, instanceOf: HostNotFoundError },
    { lookup: again, instanceOf: HostLookupError },
  ];
  for (const { lookup, instanceOf } of lookups) {
    await t.throwsAsync(createHostResolver({ lookup, deadline: 50 })('single'), { instanceOf });
  }
});

test('the default resolver knows localhost, and the guard refuses it', async (t) => {
  const guard = createAddressGuard({ allow: [] });
  await t.throwsAsync(guard.checkUrl('http://localhost/'), { instanceOf: ForbiddenAddressError });
});
