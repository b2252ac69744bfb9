/** Asks with the administrator's token. @throws Error for any answer but 2xx */
async function ask(url: string, token: string, [method, path, body]: readonly [method: string, path: string, body?: object]): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const answer = await fetch(url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

const APP = '/v2/repositories/alice/app';

/** The names that the API document gives as examples, so that they name something. */
export async function prepareScene(url: string, token: string): Promise<void> {
  const steps: readonly (readonly [method: string, path: string, body?: object])[] = [
    ['POST', '/v2/users/', { username: 'alice', email: 'alice@example.com', password: 'correct horse' }],
    ['POST', '/v2/orgs/', { orgname: 'acme' }],
    ['POST', '/v2/repositories/', { namespace: 'alice', name: 'app' }],
    ['POST', '/v2/repositories/', { namespace: 'acme', name: 'app' }],
    ['POST', `${APP}/webhook_pipeline/`, { name: 'deploy', webhooks: [{ name: 'a', hook_url: 'https://ci.example/hook' }] }],
    ['POST', `${APP}/pushes/`, { tag: 'latest' }],
    ['POST', `${APP}/comments/`, { comment: 'first' }],
  ];
  for (const step of steps) await ask(url, token, step);
}
