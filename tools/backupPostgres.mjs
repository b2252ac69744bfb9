// PostgreSQL's own programs; the password goes to them by the environment, where `ps` does not show it.
import { run, ToolError } from './run.mjs';

export async function dumpPostgres(databaseUrl, file) {
  await runProgram('pg_dump', ['--format=custom', '--no-owner', '--file', file], databaseUrl);
}

/** Replaces what is in the database by the dump, in one transaction. */
export async function restorePostgres(databaseUrl, file) {
  const { name } = describe(databaseUrl);
  await runProgram('pg_restore', ['--clean', '--if-exists', '--no-owner', '--single-transaction', '--exit-on-error', '--dbname', name, file], databaseUrl);
}

async function runProgram(program, args, databaseUrl) {
  const env = { ...process.env, ...describe(databaseUrl).env };
  const code = await run(program, args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).catch((error) => {
    if (error.code === 'ENOENT') throw new ToolError(`${program} is not on PATH (Debian: apt-get install postgresql-client).`);
    throw error;
  });
  if (code !== 0) throw new ToolError(`${program} failed, see above.`);
}

function describe(databaseUrl) {
  const url = new URL(databaseUrl);
  const name = decodeURIComponent(url.pathname.slice(1));
  const options = url.searchParams.get('options');
  const env = {
    PGHOST: url.hostname, PGPORT: url.port || '5432', PGDATABASE: name,
    ...(url.username && { PGUSER: decodeURIComponent(url.username) }),
    ...(url.password && { PGPASSWORD: decodeURIComponent(url.password) }),
    ...(url.searchParams.get('sslmode') && { PGSSLMODE: url.searchParams.get('sslmode') }),
    ...(options && { PGOPTIONS: options }),
  };
  return { name, env };
}
