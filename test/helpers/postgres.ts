import test, { type ExecutionContext } from 'ava';
import { findPostgres } from './postgresPrograms.js';

type Body = (t: ExecutionContext) => Promise<void>;

/** Declares a test that starts a PostgreSQL server: skipped, and its title says why, where there is none on this machine. */
export function testWithPostgres(title: string, body: Body): void {
  if (findPostgres() !== undefined) test(title, body);
  else test.skip(`${title} (not run: there is no PostgreSQL server on this machine)`, body);
}
