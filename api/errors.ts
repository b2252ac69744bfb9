import type { ErrorObject } from 'ajv';

/** Every error that the API answers: its status and its sentence. `detail` adds what only the case knows. */
export const ERRORS = {
  invalid_input: { status: 400, message: 'The request has fields that cannot be accepted' },
  malformed_json: { status: 400, message: 'The body is not valid JSON in UTF-8' },
  authentication_required: { status: 401, message: 'Authentication is required' },
  invalid_credentials: { status: 401, message: 'Incorrect authentication credentials' },
  invalid_token: { status: 401, message: 'The access token is invalid or has expired: log in again' },
  invalid_signature: { status: 401, message: 'The request must be signed with the secret' },
  forbidden: { status: 403, message: 'You may not do this' },
  cross_site: { status: 403, message: 'A page of another site may have made this request' },
  signup_closed: { status: 403, message: 'Only the administrator creates users on this hub' },
  not_found: { status: 404, message: 'Object not found' },
  method_not_allowed: { status: 405, message: 'This method is not offered here' },
  name_taken: { status: 409, message: 'The name is taken' },
  slots_taken: { status: 403, message: 'All private repositories of the plan are used' },
  last_owner: { status: 409, message: 'An organization keeps at least one owner' },
  limit_reached: { status: 409, message: 'No more of these are allowed' },
  report_settled: { status: 409, message: 'The report is settled already' },
  idempotency_conflict: { status: 409, message: 'This Idempotency-Key was used with another body' },
  callback_conflict: { status: 409, message: 'Another state was accepted before' },
  chain_empty: { status: 409, message: 'The chain has no webhooks yet' },
  run_open: { status: 409, message: 'The run is still open: cancel it or wait for its end' },
  run_closed: { status: 409, message: 'The run is over' },
  nothing_to_redeliver: { status: 409, message: 'This run cannot be redelivered so' },
  claim_lost: { status: 409, message: 'The claim has run out, or is not of this build' },
  build_closed: { status: 409, message: 'The build is over' },
  registry_refused: { status: 409, message: 'The registry cannot delete this' },
  receiver_gone: { status: 410, message: 'There is no receiver at this address' },
  callback_closed: { status: 410, message: 'The delivery is closed and takes no callback' },
  body_too_large: { status: 413, message: 'The body is too large' },
  unsupported_media_type: { status: 415, message: 'Send application/json' },
  rate_limited: { status: 429, message: 'Rate limit exceeded' },
  internal_error: { status: 500, message: 'Something went wrong on our side; it was logged' },
  registry_unavailable: { status: 503, message: 'The registry does not answer now: try again' },
  database_unavailable: { status: 503, message: 'The database does not take writes now: try again' },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** What is wrong with which field. */
export type Fields = Readonly<Record<string, string>>;

/** An error for the caller. Everything else that is thrown is a fault of ours and leaves as `internal_error`. */
export class ApiError extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly detail: string = ERRORS[code].message,
    readonly extra: { fields?: Fields; recorded?: object; errors?: readonly object[] } = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`${code}: ${detail}`);
    this.name = 'ApiError';
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  /** The wire shape: a flat map of text, since real clients decode one, and `fields` where they help. */
  toBody(): object {
    return { code: this.code, message: ERRORS[this.code].message, detail: this.detail, ...this.extra };
  }
}

/** A 400 that names each field. */
export function createInputError(fields: Fields): ApiError {
  const detail = Object.entries(fields).map(([name, fault]) => `${name} ${fault}`).join('; ');
  return new ApiError('invalid_input', detail, { fields });
}

/** What ajv found, by field: `webhooks[0].hook_url` -> what is wrong with it. */
export function readFaults(errors: readonly ErrorObject[]): Fields {
  const faults: Record<string, string> = {};
  for (const error of errors) {
    const { additionalProperty, missingProperty } = error.params as Record<string, string | undefined>;
    const name = formatPath(error.instancePath, additionalProperty ?? missingProperty);
    faults[name] ??= describeFault(error, additionalProperty !== undefined, missingProperty !== undefined);
  }
  return faults;
}

function formatPath(pointer: string, last: string | undefined): string {
  const parts = pointer.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const all = last === undefined ? parts : [...parts, last];
  const path = all.map((part) => (/^[0-9]+$/.test(part) ? `[${part}]` : `.${part}`)).join('').replace(/^\./, '');
  return path || 'body';
}

function describeFault({ message, params }: ErrorObject, isUnknown: boolean, isMissing: boolean): string {
  if (isUnknown) return 'is not a known field';
  if (isMissing) return 'is required';
  const { allowedValues } = params as { allowedValues?: string[] };
  if (allowedValues) return `must be one of: ${allowedValues.join(', ')}`;
  return message ?? 'is not valid';
}
