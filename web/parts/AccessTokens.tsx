import { useState } from 'preact/hooks';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useAction, useLoad } from '../load';
import type { AccessToken } from '../types';
import { MOST } from './Access';
import { CopyLine } from './Copy';
import { Empty } from './Empty';
import { Failure } from './Failure';
import { Field, Select } from './Field';
import { Remove } from './Gone';
import { Section } from './Section';
import { Time } from './Time';
import { Waiting } from './Waiting';

const PATH = '/v2/access-tokens';
const SCOPES = ['repo:read', 'repo:write', 'repo:admin', 'repo:public_read'] as const;

function nameScope(scope: string): string {
  const known = SCOPES.find((one) => one === scope);
  return known === undefined ? scope : t().profile.scopes[known];
}

/** Passwords for programs: made, shown once, revoked. */
export function AccessTokens() {
  const { data, failure, isLoading, reload } = useLoad(PATH, () => api.get<Page<AccessToken>>(PATH, { page_size: MOST }));
  const [made, setMade] = useState<AccessToken>();
  const revoke = (uuid: string) => async () => {
    await api.delete(`${PATH}${at`/${uuid}`}`);
    if (made?.uuid === uuid) setMade(undefined);
    await reload();
  };
  return (
    <div class="stack-l">
      <NewToken onMade={(token) => { setMade(token); void reload(); }} />
      {made && <Made token={made} />}
      <Section title={t().profile.tokens}>
        <Failure failure={failure} />
        {isLoading && <Waiting lines={2} />}
        {data?.count === 0 && <Empty title={t().profile.noTokens}>{t().profile.noTokensText}</Empty>}
        {data && data.count > 0 && <ul class="rows">{data.results.map((token) => <TokenRow key={token.uuid} token={token} revoke={revoke(token.uuid)} />)}</ul>}
      </Section>
    </div>
  );
}

function NewToken({ onMade }: { readonly onMade: (token: AccessToken) => void }) {
  const [token_label, setLabel] = useState('');
  const [scope, setScope] = useState<string>('repo:write');
  const [expires, setExpires] = useState('');
  const { run, isBusy, failure } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    const expires_at = expires === '' ? null : `${expires}T23:59:59Z`;
    void run(async () => {
      onMade(await api.post<AccessToken>(PATH, { token_label, scopes: [scope], expires_at }));
      setLabel('');
    });
  };
  return (
    <Section title={t().profile.newToken} text={t().profile.tokensText}>
      <form class="form" onSubmit={submit}>
        <Field label={t().profile.label} name="token_label" value={token_label} onInput={setLabel} failure={failure} placeholder={t().profile.labelExample} maxLength={100} required />
        <div class="two">
          <Select label={t().profile.scope} value={scope} options={SCOPES.map((one) => [one, nameScope(one)] as const)} onChange={setScope} />
          <Field label={t().profile.expires} name="expires_at" type="date" value={expires} onInput={setExpires} failure={failure} hint={t().profile.expiresHint} />
        </div>
        <Failure failure={failure} fields={['token_label', 'expires_at']} />
        <button type="submit" class="primary" disabled={isBusy}>{t().profile.createToken}</button>
      </form>
    </Section>
  );
}

function Made({ token }: { readonly token: AccessToken }) {
  return (
    <section class="card stack fresh" aria-label={t().profile.shownOnce}>
      <h2 role="status">{t().profile.made(token.token_label)}</h2>
      <p>{t().profile.shownOnce}</p>
      <CopyLine text={token.token} label={t().profile.token} />
    </section>
  );
}

function TokenRow({ token, revoke }: { readonly token: AccessToken; readonly revoke: () => Promise<void> }) {
  const { token_label, scopes, created_at, last_used, expires_at, repository } = token;
  return (
    <li>
      <div class="row-main">
        <strong>{token_label}</strong> {scopes.map((scope) => <span key={scope} class="badge">{nameScope(scope)}</span>)} {repository !== null && <span class="badge">{repository}</span>}
        <p class="soft small-text">
          {t().profile.created} <Time at={created_at} /> · {last_used === null ? t().profile.neverUsed : <>{t().profile.lastUsed} <Time at={last_used} /></>}
          {expires_at !== null && <> · {t().profile.ends} <Time at={expires_at} /></>}
        </p>
      </div>
      <Remove label={t().profile.revokeOne(token_label)} title={t().profile.revokeOne(token_label)} text={t().profile.revokeText} verb={t().profile.revoke} work={revoke} />
    </li>
  );
}
