/** Why a call got no answer. `timeout` is the overall deadline, `connect_timeout` that of one connection. */
export type PostError =
  | 'dns_not_found' | 'dns_failed' | 'connect_refused' | 'connect_timeout' | 'connection_reset'
  | 'tls_error' | 'timeout' | 'protocol_error' | 'network_error';

/** What came back: header names in lower case, repeated ones joined by `, `; the body without NUL characters. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body kept is not the whole: longer than the limit, or broken off. */
  readonly truncated: boolean;
}

/**
 * How a call ended. Whatever the remote does is a value: `answered` with any status (a redirect is one, and is never
 * followed), `refused` by the address guard, `failed` without a whole answer. `detail` is one sentence for people.
 */
export type PostResult = { readonly duration_ms: number } & PostOutcome;
/** How a call ended, without its duration. */
export type PostOutcome =
  | ({ readonly kind: 'answered' } & Answer)
  | { readonly kind: 'refused'; readonly detail: string }
  | ({ readonly kind: 'failed'; readonly error: PostError; readonly detail: string } & Partial<Answer>);
