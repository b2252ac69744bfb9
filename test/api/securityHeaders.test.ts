import { createHash } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import type { Route } from '../../api/route.js';
import { buildPlace, startApi, type Answer } from '../helpers/api.js';
import { ALL_ROUTES, buildScene, fillPath } from '../helpers/scene.js';

/** What every answer says to a browser. */
const EVERYWHERE: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};
const STRICT = "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'";

function isPage({ responses }: Route): boolean {
  return Object.values(responses).some((schema) => (schema as { contentMediaType?: string } | null)?.contentMediaType === 'text/html');
}

/** A policy as its directives. */
function readPolicy({ headers }: Answer): Map<string, string[]> {
  const entries = String(headers['content-security-policy']).split(';').map((directive) => directive.trim().split(/\s+/));
  return new Map(entries.map(([name = '', ...sources]) => [name, sources]));
}

function assertEverywhere(t: ExecutionContext, answer: Answer, what: string): void {
  for (const [name, value] of Object.entries(EVERYWHERE)) t.is(answer.headers[name], value, `${what}: ${name}`);
  t.is(answer.headers['x-powered-by'], undefined);
}

test('there are pages to look at', (t) => {
  t.deepEqual(ALL_ROUTES.filter(isPage).map(({ method, path }) => `${method} ${path}`).sort(), [
    'GET /docs', 'GET /v2/repositories/:namespace/:name/readme.html', 'POST /v2/repositories/:namespace/:name/readme.html',
  ]);
});

for (const route of ALL_ROUTES.filter(isPage)) {
  for (const remoteImages of ['off', 'on'] as const) {
    test(`${route.method} ${route.path}: a page runs nothing, its one style is let through by its hash (remote images ${remoteImages})`, async (t) => {
      const api = await startApi(t, { remoteImages });
      const scene = await buildScene(api, false, route);
      const draft = route.method === 'GET' ? {} : { body: { full_description: '# A draft <script>' }, token: scene.tokens.owner };
      const answer = await api.request(route.method, fillPath(route, scene.values), { headers: { accept: 'text/html' }, ...draft });
      t.is(answer.status, 200);
      assertEverywhere(t, answer, route.path);
      const policy = readPolicy(answer);
      for (const name of ['default-src', 'base-uri', 'form-action', 'frame-ancestors']) t.deepEqual(policy.get(name), ["'none'"], name);
      t.false(/unsafe|script-src|\*|data:|blob:/.test(String(answer.headers['content-security-policy'])));
      const styles = [...answer.text.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, style = '']) => `'sha256-${createHash('sha256').update(style).digest('base64')}'`);
      t.deepEqual(policy.get('style-src'), styles);
      t.false(/<script|\son[a-z]+\s*=|\sstyle\s*=|javascript:/i.test(answer.text));
    });
  }
}

test('every route answers with the headers of a strict house, whatever it answers', async (t) => {
  const api = await startApi(t);
  for (const route of ALL_ROUTES) {
    const scene = await buildScene(api, false, route);
    const path = fillPath(route, scene.values);
    for (const token of [undefined, scene.tokens.admin]) {
      const answer = await api.request(route.method, path, { token });
      assertEverywhere(t, answer, `${route.method} ${path} ${answer.status}`);
      if (!isPage(route) || answer.status !== 200) t.is(answer.headers['content-security-policy'], STRICT, route.path);
      if (answer.text !== '' && !isPage(route)) t.regex(answer.headers['content-type'] ?? '', /^application\/json; charset=utf-8$/, route.path);
    }
  }
});

test('errors are JSON for a browser too', async (t) => {
  const api = await startApi(t);
  const { path } = await buildPlace(api);
  const headers = { accept: 'text/html' };
  const asked = [['GET', '/'], ['GET', '/u/a/b/hook/<script>'], ['PUT', path], ['GET', '/docs/<img onerror=alert(1)>'], ['POST', '/docs'], ['GET', `${path}x/readme.html`]] as const;
  for (const [method, url] of asked) {
    const answer = await api.request(method, encodeURI(url), { headers });
    t.true(answer.status >= 400, url);
    t.is(answer.headers['content-type'], 'application/json; charset=utf-8', url);
    t.is(answer.headers['content-security-policy'], STRICT);
    assertEverywhere(t, answer, url);
  }
});

test('only a hub that is public by TLS asks browsers to come by TLS alone, for its own host', async (t) => {
  const secure = await startApi(t, { publicUrl: 'https://hub.example' });
  t.is((await secure.request('GET', '/version')).headers['strict-transport-security'], 'max-age=31536000');
  const plain = await startApi(t, { publicUrl: 'http://hub.example' });
  t.is((await plain.request('GET', '/version')).headers['strict-transport-security'], undefined);
});
