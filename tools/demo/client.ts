/** An error that the hub answered. */
export class HubError extends Error {
  constructor(readonly status: number, readonly body: { code?: string; detail?: string }) {
    super(`${status} ${body.code ?? ''}: ${body.detail ?? 'no detail'}`);
    this.name = 'HubError';
  }
}

/** The hub's HTTP API, as any client sees it. */
export class HubClient {
  private token = '';

  constructor(readonly url: string) {}

  async login(username: string, password: string): Promise<void> {
    this.token = (await this.post<{ token: string }>('/v2/users/login', { username, password })).token;
  }

  get<T>(path: string): Promise<T> {
    return this.request<T>('GET', path);
  }

  post<T>(path: string, body: object): Promise<T> {
    return this.request<T>('POST', path, body);
  }

  private async request<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { 'content-type': 'application/json', ...(this.token ? { authorization: `Bearer ${this.token}` } : {}) };
    const answer = await fetch(this.url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    const value = (await answer.json()) as T;
    if (!answer.ok) throw new HubError(answer.status, value as object);
    return value;
  }
}
