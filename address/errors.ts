/** The URL or address may not be called; `reason` says why, in words that a tenant may read. */
export class ForbiddenAddressError extends Error {
  readonly code = 'ADDRESS_FORBIDDEN';
  constructor(readonly reason: string) {
    super(reason);
    this.name = 'ForbiddenAddressError';
  }
}

/** The name exists nowhere, or has no address. */
export class HostNotFoundError extends Error {
  readonly code = 'HOST_NOT_FOUND';
  constructor(host: string) {
    super(`The host ${host} has no address.`);
    this.name = 'HostNotFoundError';
  }
}

/** The name servers gave no usable answer; `cause` is the resolver's code, such as ETIMEOUT or ESERVFAIL. */
export class HostLookupError extends Error {
  readonly code = 'HOST_LOOKUP_FAILED';
  constructor(host: string, override readonly cause: string) {
    super(`The name servers did not answer for the host ${host} (${cause}).`);
    this.name = 'HostLookupError';
  }
}
