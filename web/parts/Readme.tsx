import { useEffect, useRef } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { api } from '../api';
import { t } from '../language';
import { useLoad } from '../load';
import { apiPath, pagePath } from '../repositoryPath';
import type { Repository } from '../types';
import { Empty } from './Empty';
import { Failure } from './Failure';
import { Waiting } from './Waiting';

/** What a readme is made of; anything else that came would be a fault of the hub's, and is left out. */
const ELEMENTS = new Set([
  ...['H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'P', 'A', 'EM', 'STRONG', 'S', 'CODE', 'PRE', 'UL', 'OL', 'LI', 'BLOCKQUOTE'],
  ...['TABLE', 'THEAD', 'TBODY', 'TR', 'TH', 'TD', 'HR', 'BR', 'IMG'],
]);
const ATTRIBUTES = new Set(['href', 'rel', 'id', 'class', 'title', 'start', 'dir', 'src', 'alt']);
const LINK = /^(https?:\/\/|mailto:|#)/i;
const SCROLLED = new Set(['PRE', 'TABLE']);
/** Headings of the text begin below the page's own. */
const LOWER: Readonly<Record<string, string>> = { H1: 'h2', H2: 'h3', H3: 'h4', H4: 'h5', H5: 'h6' };

/** The style sheet of the hub's own page: this document's policy would refuse it, and has its own. */
const OWN_STYLE = /<style>[^<]*<\/style>/;

/** The safe HTML that the hub renders, taken over element by element: nothing of it is ever parsed in this document. */
function adopt(source: Node, target: Node): void {
  for (const child of source.childNodes) {
    // What another parser made is of that one's document: its kind is asked, not its class.
    if (child.nodeType === Node.TEXT_NODE) target.appendChild(document.createTextNode(child.textContent ?? ''));
    if (child.nodeType !== Node.ELEMENT_NODE) continue;
    const element = child as Element;
    if (ELEMENTS.has(element.tagName)) adopt(element, target.appendChild(adoptElement(element)));
  }
}

function adoptElement(element: Element): HTMLElement {
  const copy = document.createElement(LOWER[element.tagName] ?? element.tagName);
  for (const { name, value } of element.attributes) {
    const isLink = name === 'href' || name === 'src';
    if (ATTRIBUTES.has(name) && (!isLink || LINK.test(value))) copy.setAttribute(name, value);
  }
  // What may be wider than the page is scrolled within itself, and so reached by the keyboard.
  if (SCROLLED.has(element.tagName)) copy.tabIndex = 0;
  return copy;
}

/** What the hub made of a readme: the page that it answered, without what stands around. */
export function Rendered({ page }: { readonly page: string | undefined }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const source = page === undefined ? null : new DOMParser().parseFromString(page.replace(OWN_STYLE, ''), 'text/html').querySelector('main');
    if (!place.current || !source) return;
    const fresh = document.createDocumentFragment();
    adopt(source, fresh);
    place.current.replaceChildren(fresh);
  }, [page]);
  return <div ref={place} class="readme" dir="auto" />;
}

/** The readme, rendered by the hub. */
export function Readme({ repository }: { readonly repository: Repository }) {
  const path = `${apiPath(repository)}/readme.html`;
  const hasOne = repository.full_description.trim() !== '';
  const { data, failure, isLoading } = useLoad(hasOne ? path : undefined, () => api.html(path));
  return (
    <section class="card" aria-label={t().repository.readme}>
      <Failure failure={failure} />
      {isLoading && <Waiting lines={4} />}
      {hasOne ? <Rendered page={data} /> : <NoReadme repository={repository} />}
    </section>
  );
}

function NoReadme({ repository }: { readonly repository: Repository }) {
  return (
    <Empty title={t().repository.noReadme}>
      {repository.permissions.admin ? <p><Link href={`${pagePath(repository)}/settings`}>{t().repository.writeReadme}</Link></p> : <p>{t().repository.askReadme}</p>}
    </Empty>
  );
}
