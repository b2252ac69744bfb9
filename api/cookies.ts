import type { Hub } from './hub.js';

type Config = Pick<Hub['config'], 'publicUrl'>;

const NAME = 'hookline_session';

function isSecure({ publicUrl }: Config): boolean {
  return new URL(publicUrl).protocol === 'https:';
}

/**
 * The name of the cookie that holds a browser's session. Over TLS with the prefix that keeps every other host and
 * every plain connection from setting one of that name.
 */
export function nameCookie(config: Config): string {
  return isSecure(config) ? `__Host-${NAME}` : NAME;
}

/**
 * `Set-Cookie` with a session's token. It goes when the browser is closed, and is worth nothing once the session is
 * over; no script reads it, and no page of another site sends it.
 */
export function writeCookie(config: Config, token: string): string {
  return `${nameCookie(config)}=${token}; HttpOnly; SameSite=Strict; Path=/${isSecure(config) ? '; Secure' : ''}`;
}

/** `Set-Cookie` that takes the session's cookie away. */
export function clearCookie(config: Config): string {
  return `${writeCookie(config, '')}; Max-Age=0`;
}
