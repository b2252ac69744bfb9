import MarkdownIt, { type StateCore, type Token } from 'markdown-it';
import { escapeHtml } from './html.js';

export interface MarkdownOptions {
  /** Whether images of other servers are shown; otherwise they become links, so that no reader's address is told. */
  readonly images: boolean;
}

/** What a link may begin with; `#` is a place in the text itself. Entities and escapes are resolved before this. */
const ALLOWED_LINK = /^(?:https?:\/\/[^/?#]|mailto:.|#)/i;
const REMOTE = /^https?:/i;

/**
 * Characters that links, images and texts may come to. A reference that is used a thousand times writes its address a
 * thousand times: 25,000 characters could become 26 million.
 */
const MAX_LENGTH = 1_000_000;

const markdown = new MarkdownIt({ html: false, linkify: true });
markdown.validateLink = (url) => ALLOWED_LINK.test(url);
// Without this `README.md` would be a link to Moldova.
markdown.linkify.set({ fuzzyLink: false });
markdown.core.ruler.push('house', dress);

/**
 * Markdown as HTML: CommonMark with tables, strikethrough and autolinks; raw HTML is shown as text. A text whose links
 * would swell beyond all measure is shown as it was written.
 */
export function renderMarkdown(text: string, { images }: MarkdownOptions): string {
  const env = { images };
  const tokens = markdown.parse(text, env);
  if (measure(tokens) > MAX_LENGTH) return `<pre>${escapeHtml(text)}</pre>`;
  return markdown.renderer.render(tokens, markdown.options, env);
}

/** Characters of all texts and attributes. */
function measure(tokens: readonly Token[]): number {
  return tokens.reduce((sum, { content, attrs, children }) => {
    const values = (attrs ?? []).reduce((length, [, value]) => length + String(value).length, 0);
    return sum + content.length + values + measure(children ?? []);
  }, 0);
}

/** Gives headings an id, links their `rel`, cells a class, and turns images into what may be shown. */
function dress(state: StateCore): void {
  const slugs = new Map<string, number>();
  for (const [index, token] of state.tokens.entries()) {
    if (token.type === 'inline') token.children = dressInline(state, token.children ?? []);
    // The page's policy refuses style attributes: `text-align:center` becomes the class `center`.
    const [, align] = /^text-align:(\w+)$/.exec(String(token.attrGet('style'))) ?? [];
    if (align !== undefined) token.attrs = [['class', align]];
    if (token.type === 'heading_open') token.attrSet('id', takeSlug(slugs, readText(state.tokens[index + 1])));
  }
}

function dressInline(state: StateCore, tokens: readonly Token[]): Token[] {
  let depth = 0;
  return tokens.flatMap((token) => {
    if (token.type === 'link_open') token.attrSet('rel', 'nofollow noopener');
    if (token.type === 'link_open' || token.type === 'link_close') depth += token.nesting;
    return token.type === 'image' ? dressImage(state, token, depth > 0) : [token];
  });
}

/** An image as it is where images are shown, otherwise a link to it, or its text alone where a link is around it. */
function dressImage(state: StateCore, image: Token, isInLink: boolean): Token[] {
  const source = String(image.attrGet('src') ?? '');
  const alt = state.md.renderer.renderInlineAsText(image.children ?? [], state.md.options, state.env);
  const text = new state.Token('text', '', 0);
  text.content = alt.trim() || source;
  if (!REMOTE.test(source)) return [text];
  if (state.env['images']) {
    image.attrSet('loading', 'lazy');
    image.attrSet('referrerpolicy', 'no-referrer');
    return [image];
  }
  if (isInLink) return [text];
  const open = new state.Token('link_open', 'a', 1);
  open.attrs = [['href', source], ['rel', 'nofollow noopener']];
  return [open, text, new state.Token('link_close', 'a', -1)];
}

/** What a reader sees of a heading. */
function readText(heading: Token | undefined): string {
  return (heading?.children ?? []).map(({ content }) => content).join('');
}

/** A heading's id as hubs make it, so that tables of contents lead somewhere: `Getting started!` -> `getting-started`. */
function takeSlug(slugs: Map<string, number>, heading: string): string {
  const slug = heading.trim().toLowerCase().replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '').replaceAll(' ', '-');
  const count = slugs.get(slug) ?? 0;
  slugs.set(slug, count + 1);
  return count === 0 ? slug : `${slug}-${count}`;
}
