import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { api } from '../api';
import { t } from '../language';
import { useAction } from '../load';
import { Failure } from '../parts/Failure';
import { Field } from '../parts/Field';
import { signIn } from '../session';

const FIELDS = ['username', 'email', 'password'];

/** A new account, which is signed in at once and led to its first chain. */
export function SignUp() {
  const [, go] = useLocation();
  const [username, setUsername] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { run, isBusy, failure } = useAction();
  const submit = async (event: Event) => {
    event.preventDefault();
    const isDone = await run(async () => {
      await api.post('/v2/users', { username, email, password });
      await signIn(username, password);
    });
    if (isDone) go('/start');
  };
  return (
    <div class="narrow">
      <form class="card form" onSubmit={(event) => void submit(event)}>
        <h1>{t().account.signUp}</h1>
        <p class="soft">{t().account.signUpText}</p>
        <Field label={t().account.username} name="username" value={username} onInput={setUsername} failure={failure} autocomplete="username" hint={t().account.usernameHint} required autofocus />
        <Field label={t().account.email} name="email" type="email" value={email} onInput={setEmail} failure={failure} autocomplete="email" required />
        <Field label={t().account.password} name="password" type="password" value={password} onInput={setPassword} failure={failure} autocomplete="new-password" hint={t().account.passwordHint} required />
        <Failure failure={failure} fields={FIELDS} />
        <button type="submit" class="primary wide" disabled={isBusy}>{t().account.signUp}</button>
      </form>
      <p class="center soft">
        {t().account.haveAccount} <Link href="/signin">{t().account.signIn}</Link>
      </p>
    </div>
  );
}
