/** A page as the tests look at it: an address with the names of scene.ts in braces, and who looks. */
export interface PageCase {
  /** Of its screenshots. */
  readonly name: string;
  readonly path: string;
  readonly as?: 'alice' | 'bob' | 'admin';
  /** Its screenshots show all of it, not only what fits. */
  readonly isWhole?: true;
}

/** Every page, for the look at rules of access and for the screenshots. A new page is a new line. */
export const PAGES: readonly PageCase[] = [
  { name: 'home', path: '/' },
  { name: 'search', path: '/search?q=web', as: 'bob' },
  { name: 'signin', path: '/signin' },
  { name: 'signup', path: '/signup' },
  { name: 'start', path: '/start', as: 'bob' },
  { name: 'receivers', path: '/receivers', as: 'alice' },
  { name: 'receiver', path: '/receivers/{receiver}', as: 'alice' },
  { name: 'namespace', path: '/n/alice', as: 'alice' },
  { name: 'repository', path: '/r/alice/storefront', as: 'alice' },
  { name: 'webhooks', path: '/r/alice/storefront/webhooks', as: 'alice' },
  { name: 'chain', path: '/r/alice/storefront/webhooks/{chain}', as: 'alice' },
  { name: 'new-chain', path: '/r/alice/storefront/new-chain', as: 'alice' },
  { name: 'history', path: '/r/alice/storefront/history', as: 'alice' },
  { name: 'run-open', path: '/r/alice/storefront/runs/{open}', as: 'alice' },
  { name: 'run', path: '/r/alice/storefront/runs/{bad}', as: 'alice', isWhole: true },
  { name: 'settings', path: '/r/alice/storefront/settings', as: 'alice', isWhole: true },
  { name: 'account', path: '/account', as: 'alice', isWhole: true },
  { name: 'tokens', path: '/account/tokens', as: 'alice' },
  { name: 'sessions', path: '/account/sessions', as: 'alice' },
  { name: 'orgs', path: '/orgs', as: 'bob' },
  { name: 'org', path: '/orgs/shop', as: 'alice' },
  { name: 'org-members', path: '/orgs/shop/members', as: 'alice' },
  { name: 'org-teams', path: '/orgs/shop/teams', as: 'alice' },
  { name: 'org-audit', path: '/orgs/shop/audit', as: 'alice' },
  { name: 'org-settings', path: '/orgs/shop/settings', as: 'alice' },
  { name: 'team', path: '/orgs/shop/teams/developers', as: 'alice' },
  { name: 'org-repository-settings', path: '/r/shop/api/settings', as: 'alice', isWhole: true },
  { name: 'admin', path: '/admin', as: 'admin' },
  { name: 'admin-users', path: '/admin/users', as: 'admin' },
  { name: 'admin-reports', path: '/admin/reports', as: 'admin' },
  { name: 'admin-endpoints', path: '/admin/endpoints', as: 'admin' },
  { name: 'admin-audit', path: '/admin/audit', as: 'admin' },
  { name: 'missing', path: '/r/alice/secret', as: 'bob' },
];

/** The address with what the scene made in it. */
export function fillPath(path: string, values: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? name);
}
