import type { ComponentType } from 'preact';
import type { Text } from './text/en';
import { AccountPage } from './pages/Account';
import { AdminPage } from './pages/Admin';
import { Browse } from './pages/Browse';
import { ChainPage, NewChainPage } from './pages/ChainEditor';
import { HistoryPage } from './pages/History';
import { Home } from './pages/Home';
import { NamespacePage } from './pages/Namespace';
import { OrganizationPage } from './pages/Organization';
import { OrganizationsPage } from './pages/Organizations';
import { ReceiverPage, ReceiversPage } from './pages/Receivers';
import { RepositoryPage } from './pages/Repository';
import { RunPage } from './pages/Run';
import { SettingsPage } from './pages/Settings';
import { SignIn } from './pages/SignIn';
import { SignUp } from './pages/SignUp';
import { Start } from './pages/Start';
import { TeamPage } from './pages/Team';
import { WebhooksPage } from './pages/Webhooks';

/** What a page gets of its address. */
export type Params = Readonly<Record<string, string | undefined>>;

export interface PageProps {
  readonly params: Params;
}

/** One page: where it is, what shows it, what the browser's tab says, who may see it. */
export interface PageRoute {
  readonly path: string;
  readonly page: ComponentType<PageProps>;
  readonly title: (text: Text, params: Params) => string;
  readonly who: 'anyone' | 'user' | 'admin';
}

function nameRepository(_: Text, params: Params): string {
  return `${params['namespace'] ?? ''}/${params['name'] ?? ''}`;
}

/** The pages in the order in which addresses are compared with them. The API's first path parts are not ours to take. */
export const ROUTES: readonly PageRoute[] = [
  { path: '/', page: Home, title: (text) => text.nav.explore, who: 'anyone' },
  { path: '/search', page: Browse, title: (text) => text.nav.search, who: 'anyone' },
  { path: '/start', page: Start, title: (text) => text.start.title, who: 'user' },
  { path: '/receivers', page: ReceiversPage, title: (text) => text.receiver.title, who: 'user' },
  { path: '/receivers/:id', page: ReceiverPage, title: (text) => text.receiver.title, who: 'user' },
  { path: '/n/:namespace', page: NamespacePage, title: (_, params) => params['namespace'] ?? '', who: 'anyone' },
  { path: '/r/:namespace/:name', page: RepositoryPage, title: nameRepository, who: 'anyone' },
  { path: '/r/:namespace/:name/runs/:id', page: RunPage, title: nameRepository, who: 'anyone' },
  { path: '/r/:namespace/:name/history', page: HistoryPage, title: nameRepository, who: 'user' },
  { path: '/r/:namespace/:name/webhooks', page: WebhooksPage, title: nameRepository, who: 'user' },
  { path: '/r/:namespace/:name/webhooks/:slug', page: ChainPage, title: nameRepository, who: 'user' },
  { path: '/r/:namespace/:name/new-chain', page: NewChainPage, title: nameRepository, who: 'user' },
  { path: '/r/:namespace/:name/settings', page: SettingsPage, title: nameRepository, who: 'user' },
  { path: '/account/:part?', page: AccountPage, title: (text) => text.profile.title, who: 'user' },
  { path: '/orgs', page: OrganizationsPage, title: (text) => text.orgs.title, who: 'user' },
  { path: '/orgs/:org/teams/:team', page: TeamPage, title: (_, params) => params['team'] ?? '', who: 'user' },
  { path: '/orgs/:org/:part?', page: OrganizationPage, title: (_, params) => params['org'] ?? '', who: 'user' },
  { path: '/admin/:part?', page: AdminPage, title: (text) => text.admin.title, who: 'admin' },
  { path: '/signin', page: SignIn, title: (text) => text.account.signIn, who: 'anyone' },
  { path: '/signup', page: SignUp, title: (text) => text.account.signUp, who: 'anyone' },
];
