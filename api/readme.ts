import type { RepositoryRow } from '../db/repositories.js';
import { renderPage, type Page } from './html.js';
import { renderMarkdown, type MarkdownOptions } from './markdown.js';
import { formatPullName } from './repositories.js';
import { BASE_STYLE } from './style.js';

const STYLE = `${BASE_STYLE}
main { max-width: 54rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: break-word; }
main > :first-child { margin-top: 0; }
h1, h2 { padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
img { max-width: 100%; height: auto; }
table { display: block; max-width: 100%; overflow-x: auto; border-collapse: collapse; }
th, td { padding: .4rem .75rem; border: 1px solid var(--line); text-align: start; vertical-align: top; }
th.center, td.center { text-align: center; }
th.right, td.right { text-align: right; }
thead th { background: var(--raised); }
blockquote { margin: .75rem 0; padding-left: 1rem; border-left: 4px solid var(--line); color: var(--soft); }
hr { border: 0; border-top: 1px solid var(--line); }
.empty { color: var(--soft); }
@media (max-width: 40rem) { h1 { font-size: 1.6rem; } ul, ol { padding-left: 1.4rem; } }
`;

/** A repository's full description as a page. */
export function renderReadme(repository: RepositoryRow, options: MarkdownOptions): Page {
  const content = renderMarkdown(repository.full_description, options);
  const body = content.trim() || '<p class="empty">This repository has no description yet.</p>';
  const title = formatPullName(repository);
  return renderPage({ title, style: STYLE, body: `<main dir="auto">\n${body}</main>`, images: options.images });
}
