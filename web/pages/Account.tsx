import { useState } from 'preact/hooks';
import { api, at } from '../api';
import { t } from '../language';
import { useAction, useLoad } from '../load';
import { AccessTokens } from '../parts/AccessTokens';
import { announce } from '../parts/announce';
import { Failure } from '../parts/Failure';
import { Field } from '../parts/Field';
import { Section, Tabs } from '../parts/Section';
import { Sessions } from '../parts/Sessions';
import type { PageProps } from '../routes';
import { loadSession, session } from '../session';
import type { CurrentSession, RegistrySettings } from '../types';
import { Missing } from './Missing';
import { Slots } from './Settings';

const PARTS = { profile: Profile, tokens: AccessTokens, sessions: Sessions } as const;

/** One's own account, part by part. */
export function AccountPage({ params }: PageProps) {
  const part = params['part'] ?? 'profile';
  const user = session.value;
  if (!(part in PARTS)) return <Missing />;
  if (!user) return null;
  const Part = PARTS[part as keyof typeof PARTS];
  const words = t().profile;
  return (
    <div class="medium">
      <div class="head"><h1>{user.username}</h1></div>
      <Tabs label={words.title} base="/account" open={part === 'profile' ? '' : `/${part}`} tabs={[['', words.profile], ['/tokens', words.tokens], ['/sessions', words.sessions]]} />
      <Part user={user} />
    </div>
  );
}

function Profile({ user }: { readonly user: CurrentSession }) {
  const path = at`/v2/users/${user.username}/registry-settings`;
  const { data } = useLoad(path, () => api.get<RegistrySettings>(path));
  return (
    <div class="stack-l">
      <ProfileForm user={user} />
      <Section title={t().profile.slots}>{data && <Slots slots={data} namespace={user.username} />}</Section>
      <PasswordForm />
    </div>
  );
}

/** The fields of a profile by their names in the API, and what browsers fill them with. */
const FIELDS = [['full_name', 'name'], ['email', 'email'], ['company', 'organization'], ['location', 'off'], ['profile_url', 'url']] as const;
const NAMES = FIELDS.map(([name]) => name);
type ProfileName = (typeof NAMES)[number];

function ProfileForm({ user }: { readonly user: CurrentSession }) {
  const [values, setValues] = useState(() => Object.fromEntries(NAMES.map((name) => [name, user[name]])) as Record<ProfileName, string>);
  const { run, isBusy, failure } = useAction();
  const submit = async (event: Event) => {
    event.preventDefault();
    const isDone = await run(async () => {
      await api.patch('/v2/user', values);
      await loadSession();
    });
    if (isDone) announce(t().common.saved);
  };
  return (
    <Section title={t().profile.profile} text={t().profile.profileText}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        {FIELDS.map(([name, autocomplete]) => (
          <Field key={name} label={t().profile.fields[name]} name={name} value={values[name]} onInput={(value) => setValues((before) => ({ ...before, [name]: value }))} failure={failure} autocomplete={autocomplete} maxLength={255} />
        ))}
        <Failure failure={failure} fields={NAMES} />
        <button type="submit" class="primary" disabled={isBusy}>{t().common.save}</button>
      </form>
    </Section>
  );
}

function PasswordForm() {
  const [current, setCurrent] = useState('');
  const [fresh, setFresh] = useState('');
  const { run, isBusy, failure } = useAction();
  const submit = async (event: Event) => {
    event.preventDefault();
    const isDone = await run(() => api.post('/v2/user/password', { current_password: current, new_password: fresh }));
    if (!isDone) return;
    announce(t().profile.passwordChanged);
    // Every session has ended with it, this one too.
    session.value = null;
  };
  return (
    <Section title={t().profile.password} text={t().profile.passwordText}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <Field label={t().profile.currentPassword} name="current_password" type="password" value={current} onInput={setCurrent} failure={failure} autocomplete="current-password" required />
        <Field label={t().profile.newPassword} name="new_password" type="password" value={fresh} onInput={setFresh} failure={failure} autocomplete="new-password" hint={t().account.passwordHint} required />
        <Failure failure={failure} fields={['current_password', 'new_password']} />
        <button type="submit" class="primary" disabled={isBusy}>{t().profile.changePassword}</button>
      </form>
    </Section>
  );
}
