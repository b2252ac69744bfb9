import { ForbiddenAddressError } from '../address.js';
import type { Answer, PostError, PostOutcome } from './postResult.js';

/**
 * Node's error codes (nodejs.org/api/errors.html, /api/tls.html#x509-certificate-error-codes), undici's and our own.
 * Without `detail` the error's message is one already.
 */
const FAULTS: readonly { codes: RegExp; error: PostError; detail?: string }[] = [
  { codes: /^HOST_NOT_FOUND$/, error: 'dns_not_found' },
  { codes: /^HOST_LOOKUP_FAILED$/, error: 'dns_failed' },
  { codes: /^DEADLINE$/, error: 'timeout' },
  { codes: /^ECONNREFUSED$/, error: 'connect_refused', detail: 'The connection was refused' },
  { codes: /^(UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT)$/, error: 'connect_timeout', detail: 'No connection in time' },
  {
    codes: /^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET)$/,
    error: 'connection_reset',
    detail: 'The connection broke off',
  },
  {
    codes: /^(HPE_|HTTPParserError$|UND_ERR_(HEADERS_OVERFLOW|RES_))/,
    error: 'protocol_error',
    detail: 'The answer is not valid HTTP',
  },
  {
    codes: /^(EPROTO$|ERR_(TLS|SSL|OSSL)_|CERT_|CRL_|UNABLE_TO_|(DEPTH_ZERO_)?SELF_|ERROR_IN_|INVALID_|PATH_|HOSTNAME)/,
    error: 'tls_error',
    detail: 'TLS could not be set up',
  },
  { codes: /./, error: 'network_error', detail: 'The call failed' },
];
/** Faults of ours: thrown, never recorded as the receiver's. */
const OUR_FAULTS = /^(UND_ERR_(INVALID_ARG|NOT_SUPPORTED|CLOSED|DESTROYED|REQ_)|$)/;

/** An error that is classed by its code, as Node's own are. */
export class CallError extends Error {
  constructor(readonly code: 'DEADLINE' | 'ECONNRESET', message: string) {
    super(message);
    this.name = 'CallError';
  }
}

/** Empty for an error that is no fault of a call. undici 7 leaves the code of its HTTPParserError undefined. */
export function getCode(error: unknown): string {
  if (!(error instanceof Error && 'code' in error)) return '';
  return typeof error.code === 'string' ? error.code : error.name;
}

/** A broken body does not undo its status; a deadline does, since the receiver did not finish in time. */
export function describeFailure(failure: unknown, answer: Answer | undefined): PostOutcome {
  if (failure instanceof ForbiddenAddressError) return { kind: 'refused', detail: failure.reason };
  const code = getCode(failure);
  const fault = FAULTS.find(({ codes }) => codes.test(code));
  if (!(failure instanceof Error) || fault === undefined || OUR_FAULTS.test(code)) throw failure;
  if (answer !== undefined && fault.error !== 'timeout') return { kind: 'answered', ...answer };
  const detail = fault.detail === undefined ? failure.message : `${fault.detail} (${code}).`;
  return { kind: 'failed', error: fault.error, detail, ...answer };
}
