import type { AttemptResult } from '../db/attempts.js';
import type { PassageRow } from '../db/passages.js';
import { openSecrets } from '../keys.js';
import { signMessage } from '../signature.js';
import { VERSION } from '../version.js';
import type { Hub } from './hub.js';
import { buildPayload } from './payload.js';
import type { PostRequest, PostResult } from './post.js';

/** The signed call of a delivery; undefined where its webhook is gone. */
export function buildRequest({ config, keyring }: Pick<Hub, 'config' | 'keyring'>, { delivery, push, repository, secrets }: PassageRow): PostRequest | undefined {
  if (!secrets) return undefined;
  // The process that waits for the callback is named, so that a proxy in front finds it.
  const query = config.node === undefined ? '' : `?node=${config.node}`;
  const path = `u/${repository.namespace}/${repository.name}/hook/${keyring.mintCallbackToken(delivery.id)}/${query}`;
  const body = JSON.stringify(buildPayload(push, repository, `${config.publicUrl}/${path}`, config.publicUrl));
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = signMessage(openSecrets(keyring, secrets), delivery.id, timestamp, body);
  const headers = {
    'content-type': 'application/json',
    'user-agent': `Hookline/${VERSION}`,
    'webhook-id': delivery.id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signature,
  };
  return { url: delivery.hook_url, headers, body };
}

/** Characters of a call's body that the history keeps. */
const KEPT_BODY = 4096;

/** Its beginning, without the callback's token: who may read a run may not answer for its receivers. */
function keepBody({ headers, body }: PostRequest): string {
  const token = new RegExp(`[\\w-]+\\.${headers['webhook-id'] ?? ''}\\.[\\w-]+`, 'g');
  return body.replace(token, '…').slice(0, KEPT_BODY);
}

/** What an attempt sent and brought, as the history keeps it. */
export function toRow(request: PostRequest, result: PostResult): AttemptResult {
  const answer = result.kind === 'refused' ? undefined : result;
  const refusal = { error: 'address_forbidden', error_detail: result.kind === 'refused' ? result.detail : null };
  const failure = result.kind === 'failed' ? { error: result.error, error_detail: result.detail } : { error: null, error_detail: null };
  return {
    duration_ms: Math.round(result.duration_ms),
    status: answer?.status ?? null,
    ...(result.kind === 'refused' ? refusal : failure),
    request_headers: JSON.stringify(request.headers),
    request_body: keepBody(request),
    response_headers: answer?.headers ? JSON.stringify(answer.headers) : null,
    response_body: answer?.body ?? null,
  };
}
