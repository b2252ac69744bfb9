import { createHash } from 'node:crypto';
import { STRICT_POLICY } from './securityHeaders.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;',
};

/** Text that is safe between tags and inside quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}

/** What a page is made of. */
export interface PageParts {
  /** Plain text. */
  readonly title: string;
  /** The one style sheet. */
  readonly style: string;
  /** HTML of the body. */
  readonly body: string;
  /** Whether images of other servers are shown. */
  readonly images?: boolean;
}

/** A page as it is sent. */
export interface Page {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A whole HTML document that runs nothing and loads nothing, and the headers that make browsers hold it to that. */
export function renderPage({ title, style, body, images = false }: PageParts): Page {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>${style}</style>
<title>${escapeHtml(title)}</title>
</head>
<body>
${body}
</body>
</html>
`;
  return { html, headers: describeHeaders(style, images) };
}

/** The style sheet is let through by its hash, so that no other style that slipped in would be. */
function describeHeaders(style: string, images: boolean): Readonly<Record<string, string>> {
  const hash = createHash('sha256').update(style).digest('base64');
  const { 'default-src': nothing, ...others } = STRICT_POLICY;
  const policy = {
    'default-src': nothing,
    'style-src': [`'sha256-${hash}'`],
    ...(images ? { 'img-src': ['https:', 'http:'] } : {}),
    ...others,
  };
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': Object.entries(policy).map(([name, sources]) => `${name} ${sources.join(' ')}`).join('; '),
  };
}
