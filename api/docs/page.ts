import { ERRORS } from '../errors.js';
import { escapeHtml, renderPage, type Page } from '../html.js';
import type { Entry, Groups, OpenApi, Paths, Schemas } from './document.js';
import { renderIntroduction } from './introduction.js';
import { renderArticle, renderOperation, renderWebhook } from './operation.js';
import { listFields, renderHead, renderParagraphs, renderTable, type Schema } from './schema.js';
import { DOCS_STYLE } from './style.js';

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];

/** An OpenAPI document as a static page: no script, nothing loaded, one style sheet. */
export function renderDocs(document: Record<string, unknown>): Page {
  const api: OpenApi = document;
  const title = `${api.info?.title ?? 'The'} API`;
  return renderPage({ title, style: DOCS_STYLE, body: renderBody(api, title) });
}

function renderBody(api: OpenApi, title: string): string {
  const groups = groupByTag(listEntries(api.paths ?? {}, ''));
  const webhooks = listEntries(api.webhooks ?? {}, 'webhook-');
  const schemas = api.components?.schemas ?? {};
  return `<nav aria-label="Contents"><a class="skip" href="#content">Skip to the content</a>
${renderNavigation(groups, webhooks, schemas)}</nav>
<main id="content">
<h1>${escapeHtml(title)} <small>${escapeHtml(api.info?.version ?? '')}</small></h1>
${renderIntroduction(api)}
${renderSections(groups, webhooks, schemas)}
</main>`;
}

function renderSections(groups: Groups, webhooks: readonly Entry[], schemas: Schemas): string {
  const section = (id: string, title: string, content: readonly string[]) =>
    `<section>${renderHeading(id, title)}\n${content.join('\n')}</section>`;
  const operations = (entries: readonly Entry[]) => entries.map((entry) => renderOperation(entry, schemas));
  const components = Object.entries(schemas).map(([name, schema]) => renderComponent(name, schema));
  return [
    ...[...groups].map(([tag, entries]) => section(`tag-${tag}`, tag, operations(entries))),
    section('webhooks', 'Webhooks we send', webhooks.map((entry) => renderWebhook(entry, schemas))),
    section('errors', 'Errors', [renderErrorTable()]),
    section('schemas', 'Schemas', components),
  ].join('\n');
}

function listEntries(paths: Paths, prefix: string): Entry[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (!operation) return [];
      const id = operation.operationId ?? prefix + path.replace(/\W+/g, '-');
      return [{ ...operation, id, method, path, tag: operation.tags?.[0] ?? 'other' }];
    }),
  );
}

function groupByTag(entries: readonly Entry[]): Groups {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) groups.set(entry.tag, [...(groups.get(entry.tag) ?? []), entry]);
  return groups;
}

function renderNavigation(groups: Groups, webhooks: readonly Entry[], schemas: Schemas): string {
  const link = (id: string, text: string) => `<a href="#${escapeHtml(id)}">${escapeHtml(text)}</a>`;
  const list = (items: readonly string[]) => `<ul>${items.map((item) => `<li>${item}</li>`).join('\n')}</ul>`;
  const linkAll = (entries: readonly Entry[]) => list(entries.map(({ id, summary }) => link(id, summary ?? id)));
  return list([
    link('introduction', 'Introduction'),
    ...[...groups].map(([tag, entries]) => link(`tag-${tag}`, tag) + linkAll(entries)),
    link('webhooks', 'Webhooks we send') + linkAll(webhooks),
    link('errors', 'Errors'),
    link('schemas', 'Schemas') + list(Object.keys(schemas).map((name) => link(`schema-${name}`, name))),
  ]);
}

function renderHeading(id: string, text: string): string {
  return `<h2 id="${escapeHtml(id)}"><a href="#${escapeHtml(id)}">${escapeHtml(text)}</a></h2>`;
}

function renderErrorTable(): string {
  const rows = Object.entries(ERRORS).map(([code, { status, message }]) =>
    `<tr><th scope="row"><code>${code}</code></th><td>${status}</td><td>${escapeHtml(message)}</td></tr>`);
  return `<p>Each operation lists the errors of its own. <code>invalid_token</code>, <code>internal_error</code> and
<code>database_unavailable</code> may come from all of them; <code>malformed_json</code>, <code>body_too_large</code>
and <code>unsupported_media_type</code> from all that take a body.</p>
<table>${renderHead(['Code', 'Status', 'Message'])}<tbody>${rows.join('\n')}</tbody></table>`;
}

function renderComponent(name: string, schema: Schema): string {
  return renderArticle(`schema-${name}`, name, [
    schema.description === undefined ? '' : renderParagraphs(schema.description),
    renderTable(listFields(schema), 'Field'),
  ]);
}
