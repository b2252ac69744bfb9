import { decodeJwt } from 'jose';
import type { Answer, RequestOptions, TestApi } from './api.js';

const FORM = 'application/x-www-form-urlencoded';

/** What an answer of the token server holds. */
export interface TokenBody {
  readonly token: string;
  readonly access_token: string;
  readonly expires_in: number;
  readonly issued_at: string;
  readonly scope?: string;
  readonly refresh_token?: string;
}

/** Name and secret as Basic credentials. */
export function basic(username: string, secret = 'password'): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${username}:${secret}`).toString('base64')}` };
}

/** `GET /token` as the registry's clients send it: parameters may repeat. */
export async function getToken(api: TestApi, parameters: readonly (readonly [string, string])[], headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const query = new URLSearchParams([['service', 'hookline-registry'], ...parameters] as [string, string][]);
  return api.request('GET', `/token?${query.toString()}`, { headers });
}

/** `POST /token` with a form; parameters may repeat. */
export async function postToken(api: TestApi, parameters: readonly (readonly [string, string])[], options: RequestOptions = {}): Promise<Answer> {
  const body = new URLSearchParams([['service', 'hookline-registry'], ...parameters] as [string, string][]).toString();
  return api.request('POST', '/token', { ...options, body, headers: { 'content-type': FORM, ...options.headers } });
}

/** What the token of an answer allows: `repository alice/app pull,push`. */
export function readAccess(answer: Answer): string[] {
  const { token } = answer.body as TokenBody;
  const { access } = decodeJwt(token) as { access: { type: string; name: string; actions: string[] }[] };
  return access.map(({ type, name, actions }) => `${type} ${name} ${actions.join(',')}`);
}
