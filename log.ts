import { pino, type Logger } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { readContext } from './context.js';

export type { Logger } from 'pino';

/** Names whose values never reach a log line, wherever they stand one or two levels deep. */
const SECRET_NAMES = ['authorization', 'cookie', 'password', 'secret', 'token', 'access_token', 'refresh_token', 'callback_url'];
/** What PostgreSQL adds to an error: the values of the row that it was about. */
const ROW_VALUES = ['err.detail', 'err.where', 'err.internalQuery'];
const REDACTED_PATHS = [...ROW_VALUES, ...SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])];

/**
 * The process's logger: one JSON object a line on standard output, or readable lines where that is a terminal.
 * Values under secret names are replaced by `[redacted]`; what is known of the request or activity under way stands in
 * every line that it writes.
 */
export function createLog(level: string, name: string): Logger {
  const options = { name, level, base: null, redact: { paths: REDACTED_PATHS, censor: '[redacted]' }, mixin: readContext };
  return process.stdout.isTTY ? pino(options, PinoPretty({ ignore: 'name', singleLine: true })) : pino(options);
}
