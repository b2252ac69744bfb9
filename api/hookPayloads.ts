import type { Static, TSchema } from '@sinclair/typebox';
import { compileCheck } from './validate.js';

/** Reads payloads of this schema, with every one that does not fit a 400 that names the fields. */
export function createReader<S extends TSchema, Result>(schema: S, read: (payload: Static<S>) => Result): (payload: unknown) => Result {
  const check = compileCheck(schema, 'body');
  return (payload) => {
    check(payload);
    return read(payload);
  };
}

/** Cut between characters, never through one. */
export function cut(text: string, length: number): string {
  return new RegExp(`^[^]{0,${length}}`, 'u').exec(text)?.[0] ?? '';
}
