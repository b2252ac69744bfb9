import type { Text } from './text/en';
import type { Repository } from './types';

/** The parts of a repository, in this order: where they are below its page, and who sees them. */
export const TABS: readonly { readonly path: string; readonly label: (text: Text) => string; readonly isShown: (repository: Repository) => boolean }[] = [
  { path: '', label: (text) => text.repository.overview, isShown: () => true },
  { path: '/webhooks', label: (text) => text.repository.webhooks, isShown: ({ permissions }) => permissions.admin },
  { path: '/history', label: (text) => text.repository.history, isShown: ({ permissions }) => permissions.admin },
  { path: '/settings', label: (text) => text.repository.settings, isShown: ({ permissions }) => permissions.admin },
];
