import type { ComponentType } from 'preact';
import type { Text } from './text/en';
import { Browse } from './pages/Browse';
import { ChainPage, NewChainPage } from './pages/ChainEditor';
import { HistoryPage } from './pages/History';
import { Home } from './pages/Home';
import { NamespacePage } from './pages/Namespace';
import { ReceiverPage, ReceiversPage } from './pages/Receivers';
import { RepositoryPage } from './pages/Repository';
import { RunPage } from './pages/Run';
import { SignIn } from './pages/SignIn';
import { SignUp } from './pages/SignUp';
import { Start } from './pages/Start';
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
  { path: '/signin', page: SignIn, title: (text) => text.account.signIn, who: 'anyone' },
  { path: '/signup', page: SignUp, title: (text) => text.account.signUp, who: 'anyone' },
];
