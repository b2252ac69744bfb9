import { useEffect, useState } from 'preact/hooks';
import { Link, useLocation, useSearchParams } from 'wouter-preact';
import { hub } from '../hub';
import { t } from '../language';
import { useAction } from '../load';
import { Failure } from '../parts/Failure';
import { Field } from '../parts/Field';
import { session, signIn } from '../session';

const FIELDS = ['username', 'password'];

/** Only a path of these pages: an address of somebody else's is not followed after signing in. */
export function readNext(query: URLSearchParams): string {
  const next = query.get('next') ?? '/';
  return /^\/(?![/\\])/.test(next) ? next : '/';
}

/** By name and password. */
export function SignIn() {
  const [query] = useSearchParams();
  const [, go] = useLocation();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const { run, isBusy, failure } = useAction();
  const next = readNext(query);
  useEffect(() => {
    if (session.value) go(next, { replace: true });
  }, [session.value]);
  const submit = (event: Event) => {
    event.preventDefault();
    void run(() => signIn(username, password));
  };
  return (
    <div class="narrow">
      <form class="card form" onSubmit={submit}>
        <h1>{t().account.signIn}</h1>
        <Field label={t().account.username} name="username" value={username} onInput={setUsername} failure={failure} autocomplete="username" required autofocus />
        <Field label={t().account.password} name="password" type="password" value={password} onInput={setPassword} failure={failure} autocomplete="current-password" required />
        <Failure failure={failure} fields={FIELDS} />
        <button type="submit" class="primary wide" disabled={isBusy}>{t().account.signIn}</button>
      </form>
      <p class="center soft">
        {hub.value?.signup === 'open' ? <>{t().account.noAccount} <Link href="/signup">{t().account.signUp}</Link></> : t().account.closed}
      </p>
    </div>
  );
}
