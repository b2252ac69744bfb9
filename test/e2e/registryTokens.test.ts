import test from 'ava';
import { decodeProtectedHeader } from 'jose';
import { openRegistryKeys } from '../../registry/keys.js';
import { destroyAll, startHub } from '../helpers/hub.js';
import { basic, type TokenBody } from '../helpers/registryTokens.js';

test.after.always(destroyAll);

const PASSWORD = 'unheard of anywhere';

test('a running hub signs with a new key at once, and logs no credentials at any level', async (t) => {
  const hub = await startHub(t, { env: { HOOKLINE_LOG_LEVEL: 'trace', HOOKLINE_ADMIN_PASSWORD: PASSWORD }, password: PASSWORD });
  const { token: accessToken } = await hub.api.post<{ token: string }>('/v2/access-tokens/', { token_label: 'ci' });
  const get = async (query: string, headers: Record<string, string>) => fetch(`${hub.url}/token?${query}`, { headers });
  const post = async (form: Record<string, string>) => fetch(`${hub.url}/token`, { method: 'POST', body: new URLSearchParams(form) });
  const read = async (answer: Promise<Response>) => (await (await answer).json()) as TokenBody;

  const login = await read(get('offline_token=true&account=admin', basic('admin', PASSWORD)));
  const before = await read(get('scope=registry:catalog:*', basic('admin', accessToken)));
  await (await openRegistryKeys(hub.dataDir)).rotate();
  const after = await read(post({ grant_type: 'refresh_token', refresh_token: login.refresh_token ?? '' }));
  t.notDeepEqual(decodeProtectedHeader(after.access_token).x5c, decodeProtectedHeader(before.access_token).x5c);
  t.is((await fetch(`${hub.url}/v1/search`, { headers: { authorization: `Bearer ${before.token}` } })).status, 200, 'of the key before');

  const secrets = [PASSWORD, `${PASSWORD} wrong`, accessToken, login.refresh_token ?? '', login.token, before.token, after.token];
  t.is((await get('', basic('admin', `${PASSWORD} wrong`))).status, 401);
  t.is((await post({ grant_type: 'password', username: 'admin', password: `${PASSWORD} wrong` })).status, 401);
  t.is((await post({ grant_type: 'password', username: 'admin', password: PASSWORD })).status, 200);
  t.is((await get(`password=${encodeURIComponent(PASSWORD)}&refresh_token=${login.refresh_token ?? ''}`, {})).status, 200);
  await hub.process.stop();
  const { output } = hub.process;
  t.true(output.includes('"path":"/token"'));
  for (const secret of secrets) for (const form of [secret, encodeURIComponent(secret), secret.replaceAll(' ', '+')]) t.false(output.includes(form), secret.slice(0, 20));
});
