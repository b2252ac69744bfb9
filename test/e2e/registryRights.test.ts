// Who may do what at the registry, through the whole hub by an unmodified client.
import test from 'ava';
import { decodeJwt } from 'jose';
import { destroyAll } from '../helpers/hub.js';
import { pollUntil } from '../helpers/poll.js';
import { testWith } from '../helpers/programs.js';
import { createPerson, startRegistryHub } from '../helpers/registryHub.js';
import { signEarlier } from '../helpers/forgedTokens.js';
import { basic } from '../helpers/registryTokens.js';
import { startSkopeo, type Skopeo } from '../helpers/skopeo.js';

test.after.always(destroyAll);

/** What a client says of a name, without the name. */
async function readRefusal(skopeo: Skopeo, image: string, creds?: string): Promise<{ code: number | null; errors: string }> {
  const { code, errors } = await skopeo.pull(image, creds);
  const [name = ''] = image.split(':');
  return { code, errors: errors.replace(/time="[^"]*"/, '').replaceAll(name, 'NAME') };
}

testWith('skopeo')('a collaborator pushes and deletes nothing, others see nothing, and a revoked token is over within its life', async (t) => {
  t.timeout(600_000);
  const hub = await startRegistryHub(t);
  const skopeo = await startSkopeo(t, hub.door);
  const [alice, bob, carol] = [await createPerson(hub.api, 'alice'), await createPerson(hub.api, 'bob'), await createPerson(hub.api, 'carol')];
  await alice.api.post('/v2/repositories/', { namespace: 'alice', name: 'shop', is_private: true });
  await alice.api.post('/v2/repositories/alice/shop/collaborators/', { user: 'bob' });
  const image = 'alice/shop:1.0';

  const pushed = await skopeo.push(image, bob.creds, ['one', 'two']);
  t.is(pushed.code, 0, pushed.errors);
  const refused = await skopeo.remove(image, bob.creds);
  t.not(refused.code, 0);
  t.regex(refused.errors, /denied|unauthorized/i);
  for (const { creds } of [alice, bob]) t.is(await skopeo.findDigest(image, creds), pushed.digest, 'it is still there');
  t.is((await skopeo.pull(image, bob.creds)).code, 0);

  for (const creds of [carol.creds, undefined]) {
    const answer = await readRefusal(skopeo, image, creds);
    t.not(answer.code, 0);
    t.deepEqual(answer, await readRefusal(skopeo, 'alice/missing:1.0', creds));
    t.not((await skopeo.push(image, creds, ['three'])).code, 0);
  }

  const { token: secret, uuid } = await bob.api.post<{ token: string; uuid: string }>('/v2/access-tokens', { token_label: 'ci' });
  const robot = `bob:${secret}`;
  t.is((await skopeo.push('alice/shop:2.0', robot, ['two'])).code, 0);
  const asked = await fetch(`${hub.url}/token?scope=repository:alice/shop:pull`, { headers: basic('bob', secret) });
  const { token } = (await asked.json()) as { token: string };
  const ask = async (bearer: string) => (await fetch(`http://${hub.door}/v2/alice/shop/tags/list`, { headers: { authorization: `Bearer ${bearer}` } })).status;
  t.is(await ask(token), 200);
  await bob.api.call('DELETE', `/v2/access-tokens/${uuid}`);
  t.not((await skopeo.push('alice/shop:3.0', robot, ['three'])).code, 0, 'it gets no token any more');
  t.not((await skopeo.login(robot)).code, 0);
  t.is((await skopeo.push('alice/shop:3.0', bob.creds, ['three'])).code, 0);
  // What is out lives five minutes, and the registry adds one: here it is almost over.
  const { exp = 0, iat = 0 } = decodeJwt(token);
  t.is(exp - iat, 300);
  const old = await signEarlier(hub.dataDir, token, 355);
  await pollUntil('the registry refuses what was out', async () => (await ask(old)) === 401);
});
