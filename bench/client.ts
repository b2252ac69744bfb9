const { HUB_URL: url = 'http://127.0.0.1:7080', HUB_PASSWORD: password = '' } = process.env;

/** What a request sends besides its path. */
export interface Options {
  readonly token?: string | undefined;
  readonly body?: object;
}

/** One request to the hub, a POST where it has a body. */
export async function request<T>(path: string, { token, body }: Options = {}): Promise<T> {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const answer = await fetch(url + path, { headers, ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Deletes what is at the path. */
export async function remove(path: string, token: string): Promise<void> {
  const answer = await fetch(url + path, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

/** The token of the administrator, or of whoever is named. */
export async function login(user = { username: 'admin', password }): Promise<string> {
  return (await request<{ token: string }>('/v2/users/login', { body: user })).token;
}

/** Of sorted numbers the one at that share: 0.5 is the middle. */
export function at(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}
