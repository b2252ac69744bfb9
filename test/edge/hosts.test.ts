import test from 'ava';
import fc from 'fast-check';
import { buildPlace, startApi, type TestApi } from '../helpers/api.js';
import { buildChain, buildPush } from '../helpers/builders.js';
import { Wire } from './wire.js';

const SEED = 20_261_125;
const RUNS = 150;
const PUBLIC = 'https://hub.example/prefix';
const EVIL = 'evil';

const host = fc.constantFrom('evil.example', 'evil.example:8443', 'user@evil.example', 'hub.example@evil.example', 'evil.example#', '[::1]evil', 'evil.example, hub.example');
const scheme = fc.constantFrom('http', 'https', 'gopher', 'javascript', 'evil');
const address = fc.constantFrom('evil', '203.0.113.9, evil', '"evil"', '[evil]:1');

/** Headers by which a client, or a proxy in its name, says which host was meant. */
const header = fc.oneof(
  host.map((value) => `X-Forwarded-Host: ${value}`),
  host.map((value) => `X-Original-Host: ${value}`),
  host.map((value) => `X-Host: ${value}`),
  host.map((value) => `Forwarded: for=evil;host=${value};proto=evil`),
  host.map((value) => `Origin: http://${value}`),
  host.map((value) => `Referer: http://${value}/evil`),
  scheme.map((value) => `X-Forwarded-Proto: ${value}`),
  scheme.map((value) => `X-Forwarded-Scheme: ${value}`),
  address.map((value) => `X-Forwarded-For: ${value}`),
  address.map((value) => `X-Real-IP: ${value}`),
  fc.constantFrom('X-Original-URL: /evil', 'X-Rewrite-URL: /evil', 'X-Forwarded-Prefix: /evil', 'X-Forwarded-Port: 666', 'X-Forwarded-Path: /evil', 'Via: 1.1 evil'),
);

const forgery = fc.record({
  host,
  headers: fc.array(header, { maxLength: 6 }),
  // What stands before the path: nothing, or another origin.
  origin: fc.option(fc.tuple(fc.constantFrom('http', 'https', 'HTTP'), fc.constantFrom('evil.example', 'evil.example:1', 'u:p@evil.example')).map(([name, where]) => `${name}://${where}`), { nil: '' }),
});

/** Whole answers, without the two headers that tell the time or tell requests apart. */
async function ask(api: TestApi, request: string): Promise<string> {
  const wire = new Wire(api.port);
  await wire.open();
  wire.write(Buffer.from(request));
  const answer = await wire.read();
  wire.destroy();
  if (!answer) throw new Error('there was no answer');
  return `${answer.head.replace(/^(date|x-request-id): .*\r\n/gim, '')}\r\n\r\n${answer.text}`;
}

/** All text that the database holds of pushes and what follows from them. */
async function readRows(api: TestApi): Promise<string> {
  const tables = ['pushes', 'runs', 'deliveries', 'attempts', 'webhooks', 'chains', 'repositories', 'tags'];
  return JSON.stringify(await Promise.all(tables.map(async (table) => (await api.db(table).select('*')) as unknown)));
}

for (const trustedProxies of [0, 1]) {
  test(`nothing that a request says of its host alters a link, a realm or what is recorded (${trustedProxies} proxies trusted)`, async (t) => {
    t.timeout(600_000);
    const api = await startApi(t, { publicUrl: PUBLIC, trustedProxies });
    const { path, token, repository } = await buildPlace(api);
    const chain = await buildChain(api.db, { repository });
    for (let count = 0; count < 3; count += 1) await buildPush(api.db, { repository, chain });
    const login = `Authorization: Bearer ${token}`;
    const targets = [[`${path}/runs/?page=2&page_size=1`, login], ['/v2/_catalog', 'X-Nobody: x'], ['/docs', login], [`${path}/readme.html`, login], ['/openapi.json', login]] as const;
    const plain = new Map<string, string>();
    for (const [target, who] of targets) plain.set(target, await ask(api, `GET ${target} HTTP/1.1\r\nHost: hub\r\n${who}\r\n\r\n`));
    t.true(plain.get('/v2/_catalog')?.includes(`realm="${PUBLIC}/token"`));
    t.true(plain.get(targets[0][0])?.includes(`${PUBLIC}${path}/runs/?page=3`));
    const property = fc.asyncProperty(forgery, fc.constantFrom(...targets), async (forged, [target, who]) => {
      const lines = [`Host: ${forged.host}`, who, ...forged.headers].join('\r\n');
      const answer = await ask(api, `GET ${forged.origin}${target} HTTP/1.1\r\n${lines}\r\n\r\n`);
      if (answer !== plain.get(target)) throw new Error(`${answer.slice(0, 1000)}\n\ninstead of\n\n${plain.get(target)?.slice(0, 1000) ?? ''}`);
    });
    await t.notThrowsAsync(fc.assert(property, { seed: SEED, numRuns: RUNS }));
    // A callback URL is made of the public URL and of rows: a push whose request lies leaves rows without the lie.
    const pushes = fc.asyncProperty(forgery, async ({ host: name, headers, origin }) => {
      const head = [`POST ${origin}${path}/pushes HTTP/1.1`, `Host: ${name}`, login, 'Content-Type: application/json', 'Content-Length: 2', ...headers];
      const answer = await ask(api, `${head.join('\r\n')}\r\n\r\n{}`);
      if (!answer.startsWith('HTTP/1.1 202') || answer.includes(EVIL)) throw new Error(answer);
    });
    await t.notThrowsAsync(fc.assert(pushes, { seed: SEED, numRuns: 25 }));
    t.false((await readRows(api)).includes(EVIL));
  });
}
