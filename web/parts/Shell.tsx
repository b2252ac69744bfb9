import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { hub } from '../hub';
import { LANGUAGES, chooseLanguage, language, t, type Language } from '../language';
import { session, signOut } from '../session';
import { THEMES, chooseTheme, theme } from '../theme';
import { Icon } from './Icon';
import { Notices } from './Notices';

const THEME_ICONS = { auto: 'auto', light: 'sun', dark: 'moon' } as const;

/** What stands around every page. */
export function Shell({ children }: { readonly children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main">{t().nav.skip}</a>
      <Top />
      <main id="main" tabIndex={-1}>{children}</main>
      <Bottom />
      <Notices />
    </>
  );
}

function Top() {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <header class="top">
      <div class="top-row">
        <Link href="/" class="brand" onClick={close}>
          <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><path d="M3 16h7.5m11 0H29" /><circle cx="16" cy="16" r="5.5" /></svg>
          Hookline
        </Link>
        <SearchBox />
        <button type="button" class="bare top-menu" aria-expanded={isOpen} aria-controls="top-nav" aria-label={t().nav.menu} onClick={() => setOpen(!isOpen)}>
          <Icon name={isOpen ? 'cross' : 'menu'} />
        </button>
        <nav id="top-nav" class={isOpen ? 'top-nav open' : 'top-nav'} aria-label={t().nav.main} onClick={close}>
          <Destinations />
        </nav>
      </div>
    </header>
  );
}

/** Links of the top bar: by who is signed in. */
function Destinations() {
  const [, go] = useLocation();
  const user = session.value;
  const leave = () => void signOut().then(() => go('/'));
  if (user === undefined) return null;
  if (user === null) {
    return (
      <>
        <Link href="/signin">{t().account.signIn}</Link>
        {hub.value?.signup === 'open' && <Link href="/signup" class="button primary">{t().account.signUp}</Link>}
      </>
    );
  }
  return (
    <>
      <Link href="/start">{t().nav.start}</Link>
      <Link href={`/n/${user.username}`}>{t().nav.repositories}</Link>
      <Link href="/orgs">{t().nav.organizations}</Link>
      {user.is_admin && <Link href="/admin">{t().nav.admin}</Link>}
      <Link href="/account" class="who"><Icon name="user" />{user.username}</Link>
      <button type="button" class="bare" onClick={leave}>{t().account.signOut}</button>
    </>
  );
}

function SearchBox() {
  const [, go] = useLocation();
  const [text, setText] = useState('');
  return (
    <form role="search" class="top-search" onSubmit={(event) => { event.preventDefault(); go(`/search?q=${encodeURIComponent(text)}`); }}>
      <Icon name="search" />
      <input type="search" name="q" value={text} placeholder={t().nav.searchHint} aria-label={t().nav.search} onInput={(event) => setText(event.currentTarget.value)} />
    </form>
  );
}

function Bottom() {
  return (
    <footer class="bottom">
      <p>
        Hookline {hub.value?.version} · <a href="/docs">{t().nav.apiDocs}</a>
      </p>
      <div class="bottom-choices">
        <label>
          <span class="hidden">{t().nav.language}</span>
          <select value={language.value} onChange={(event) => chooseLanguage(event.currentTarget.value as Language)}>
            {Object.entries(LANGUAGES).map(([code, { name }]) => <option key={code} value={code}>{name}</option>)}
          </select>
        </label>
        <fieldset class="segments">
          <legend class="hidden">{t().nav.theme}</legend>
          {THEMES.map((one) => (
            <button key={one} type="button" aria-pressed={theme.value === one} title={t().nav.themes[one]} aria-label={t().nav.themes[one]} onClick={() => chooseTheme(one)}>
              <Icon name={THEME_ICONS[one]} />
            </button>
          ))}
        </fieldset>
      </div>
    </footer>
  );
}
