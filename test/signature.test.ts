import { randomBytes } from 'node:crypto';
import test from 'ava';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { findSignatureFault, generateSecret, isSecret, signMessage } from '../signature.js';

const ID = 'dlv_0123';
const BODY = '{"state": "success", "text": "ünï 🐳"}';
const now = (): number => Math.floor(Date.now() / 1000);

/** A message as we send it, and what the reference library reads of it. */
function signAsHeaders(secrets: readonly string[], at = now()): Record<string, string> {
  return { 'webhook-id': ID, 'webhook-timestamp': String(at), 'webhook-signature': signMessage(secrets, ID, at, BODY) };
}

/** A message as a receiver signs it with the reference library. */
function signAsReceiver(secret: string, { id = ID, body = BODY, at = now() } = {}) {
  return { id, timestamp: String(at), signature: new Webhook(secret).sign(id, new Date(at * 1000), body) };
}

test('what we sign is verified by the reference library, with either secret of a rotation', (t) => {
  const secrets = [generateSecret(), generateSecret()];
  const headers = signAsHeaders(secrets);
  for (const secret of secrets) t.deepEqual(new Webhook(secret).verify(BODY, headers), JSON.parse(BODY));
  t.throws(() => new Webhook(generateSecret()).verify(BODY, headers), { instanceOf: WebhookVerificationError });
  t.is((headers['webhook-signature'] ?? '').split(' ').length, 2);
});

test('the reference library refuses our signature on another body, id or timestamp', (t) => {
  const secret = generateSecret();
  const judge = new Webhook(secret);
  const headers = signAsHeaders([secret]);
  const tampered: readonly [body: string, headers: Record<string, string>][] = [
    [`${BODY} `, headers],
    [BODY, { ...headers, 'webhook-id': 'dlv_other' }],
    [BODY, { ...headers, 'webhook-timestamp': String(now() + 1) }],
    [BODY, signAsHeaders([secret], now() - 3600)],
  ];
  for (const [body, changed] of tampered) t.throws(() => judge.verify(body, changed), { instanceOf: WebhookVerificationError });
});

for (const bytes of [24, 32, 64]) {
  test(`a secret of ${bytes} bytes signs the same here and in the reference library`, (t) => {
    const secret = `whsec_${randomBytes(bytes).toString('base64')}`;
    const at = now();
    t.is(signMessage([secret], ID, at, BODY), new Webhook(secret).sign(ID, new Date(at * 1000), BODY));
  });
}

test('what the reference library signs is accepted, with either secret and among other signatures', (t) => {
  const secrets = [generateSecret(), generateSecret()];
  const expected = { secrets, id: ID, now: now() };
  for (const secret of secrets) t.is(findSignatureFault(signAsReceiver(secret), BODY, expected), undefined);
  const message = signAsReceiver(secrets[1] ?? '');
  t.is(findSignatureFault({ ...message, signature: `v1,AAAA v1a,BBBB ${message.signature}` }, BODY, expected), undefined);
});

test('a tampered body, id, timestamp or signature is refused', (t) => {
  const secret = generateSecret();
  const expected = { secrets: [secret], id: ID, now: now() };
  const good = signAsReceiver(secret);
  t.is(findSignatureFault(good, BODY, expected), undefined);
  const faults: readonly [fault: string | undefined, pattern: RegExp][] = [
    [findSignatureFault(good, `${BODY}\n`, expected), /does not match/],
    [findSignatureFault({ ...good, id: 'dlv_other' }, BODY, expected), /webhook-id must be dlv_0123/],
    [findSignatureFault({ ...good, timestamp: String(now() + 7) }, BODY, expected), /does not match/],
    [findSignatureFault({ ...good, signature: good.signature.slice(0, -2) }, BODY, expected), /does not match/],
    [findSignatureFault({ ...good, signature: good.signature.slice('v1,'.length) }, BODY, expected), /does not match/],
    [findSignatureFault(signAsReceiver(generateSecret()), BODY, expected), /does not match/],
    [findSignatureFault(good, BODY, { ...expected, secrets: [] }), /does not match/],
  ];
  for (const [fault, pattern] of faults) t.regex(fault ?? 'accepted', pattern);
});

test('a timestamp counts within five minutes both ways', (t) => {
  const secret = generateSecret();
  const at = now();
  const judge = (offset: number) => findSignatureFault(signAsReceiver(secret, { at: at + offset }), BODY, { secrets: [secret], id: ID, now: at });
  t.deepEqual([-300, 0, 300].map(judge), [undefined, undefined, undefined]);
  for (const offset of [-301, 301]) t.regex(judge(offset) ?? '', /within 300 seconds/);
  for (const timestamp of ['', ' ', 'now', '1e9', '-5', `${at}.0`]) {
    t.truthy(findSignatureFault({ ...signAsReceiver(secret), timestamp }, BODY, { secrets: [secret], id: ID, now: at }), timestamp);
  }
});

test('each missing header is a fault', (t) => {
  const secret = generateSecret();
  for (const name of ['id', 'timestamp', 'signature'] as const) {
    const fault = findSignatureFault({ ...signAsReceiver(secret), [name]: undefined }, BODY, { secrets: [secret], id: ID, now: now() });
    t.regex(fault ?? '', /are needed/);
  }
});

test('a secret has its prefix and 24 to 64 bytes', (t) => {
  const spell = (bytes: number) => `whsec_${randomBytes(bytes).toString('base64')}`;
  t.true([generateSecret(), spell(24), spell(64)].every(isSecret));
  t.not(generateSecret(), generateSecret());
  for (const text of ['', 'whsec_', spell(23), spell(65), spell(32).slice(6), `${spell(32)}\n`, 'whsec_*****', 'WHSEC_'.concat(spell(32).slice(6))]) {
    t.false(isSecret(text), text);
  }
});
