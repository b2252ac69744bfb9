import { isIP, type Socket } from 'node:net';
import { buildConnector } from 'undici';
import { ForbiddenAddressError, getPort, normalizeHost, type AddressGuard } from '../address.js';
import { raceDeadline, startDeadline, type Deadline } from './postDeadline.js';
import { CallError, getCode } from './postFaults.js';

/** After these the next address of the set is tried. */
const TRY_NEXT: ReadonlySet<string> = new Set([
  'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT',
]);
/** More addresses of one name are not tried: the deadline is for all of them. */
const MAX_ADDRESSES = 4;

type Connect = (options: buildConnector.Options) => Promise<Socket>;

/** The socket itself must show an address that may be called, whatever lies between the check and the kernel. */
function verifyPeer(socket: Socket, guard: AddressGuard, options: buildConnector.Options): Socket {
  const { remoteAddress } = socket;
  // Undefined: the other side is gone again already.
  const reason = remoteAddress && guard.checkAddress(remoteAddress, options.hostname, getPort(options));
  if (remoteAddress !== undefined && !reason) return socket;
  socket.destroy();
  throw reason ? new ForbiddenAddressError(reason) : new CallError('ECONNRESET', 'the socket is closed');
}

/** Connects to the first address that answers; every one of them was checked, the host itself is never connected to. */
async function openSocket(guard: AddressGuard, options: buildConnector.Options, connect: Connect): Promise<Socket> {
  const addresses = await guard.resolveAllowed(options.hostname, getPort(options));
  // TLS is set up for the name, not for the address; a name in TLS has no trailing dot (RFC 6066 section 3).
  const name = normalizeHost(options.hostname);
  const target = isIP(name) === 0 ? { ...options, servername: name } : options;
  let failure: unknown;
  for (const { address } of addresses.slice(0, MAX_ADDRESSES)) {
    try {
      return verifyPeer(await connect({ ...target, hostname: address }), guard, options);
    } catch (error) {
      failure = error;
      if (!TRY_NEXT.has(getCode(error))) break;
    }
  }
  throw failure;
}

/** undici's own connection, made and awaited; one that comes after the deadline is closed again. */
function promiseConnect(open: buildConnector.connector, { signal, error: late }: Deadline): Connect {
  return (target) => new Promise((resolve, reject) => {
    if (signal.aborted) return reject(late);
    open(target, (error, socket) => {
      if (error !== null) return reject(error);
      if (signal.aborted) socket.destroy();
      resolve(socket);
    });
  });
}

/**
 * undici's connector behind the guard. Literals come here too, where a `lookup` option would never see them.
 * It keeps the deadline itself: undici hears an abort only once the connection stands.
 */
export function createConnector(guard: AddressGuard, ms: number): buildConnector.connector {
  const open = buildConnector({ timeout: Math.ceil(ms / 3) });
  return (options, callback) => {
    const deadline = startDeadline(ms);
    const fail = (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null);
    raceDeadline(openSocket(guard, options, promiseConnect(open, deadline)), deadline)
      .finally(deadline.clear)
      .then((socket) => callback(null, socket), fail);
  };
}
