import { escapeHtml } from '../html.js';
import type { Right } from '../policy.js';
import type { Content, Entry, Parameter, Reply, Schemas } from './document.js';
import {
  listFields, readRef, renderLine, renderParagraphs, renderTable, renderType, type Row, type Schema,
} from './schema.js';

/** A table with more rows than this is folded. */
const LONG = 15;
/** The same within a list of answers. */
const SHORT = 3;

/** The rights of routes in words. */
const RIGHTS: Readonly<Record<Right, string>> = {
  anyone: 'anyone, without logging in; who is logged in sees what is theirs',
  user: 'every user who is logged in',
  'user:write': 'every user who is logged in, with an access token of the scope `repo:write` at least',
  account: 'every user who logged in with the password: no access token',
  admin: 'the administrator of the hub: no access token',
  registry: 'the registry, with the secret of its notifications as `Bearer`',
  signup: 'the administrator; anyone where the hub is open for sign-up',
  'repository:user': 'every user who is logged in and may see the repository',
  'repository:read': 'anyone for a public repository; for a private one whoever has a permission on it',
  'repository:write': 'whoever may push to the repository: collaborators, teams with `write` or `admin`, owners and editors',
  'repository:admin': 'whoever administers the repository: its owners, the organization’s editors, teams with `admin`, the administrator of the hub',
  'organization:member': 'members of the organization and the administrator of the hub',
  'organization:owner': 'owners of the organization and the administrator of the hub: no access token',
  'namespace:owner': 'the user, or the owners of the organization, and the administrator of the hub',
};

/** One route. */
export function renderOperation(entry: Entry, schemas: Schemas): string {
  const { method, path, description = '', parameters = [], requestBody, responses = {}, 'x-who-may': right } = entry;
  const verb = `<span class="method ${method}">${method.toUpperCase()}</span>`;
  return renderArticle(entry.id, entry.summary ?? entry.id, [
    `<p class="path">${verb} <code>${escapeHtml(path).replaceAll('/', '<wbr>/')}</code></p>`,
    renderParagraphs(description),
    right === undefined ? '' : `<p class="may">Who may: ${renderLine(RIGHTS[right])}.</p>`,
    parameters.length > 0 ? `<h4>Parameters</h4>${renderTable(parameters.map(toRow), 'Name')}` : '',
    renderBody('Request body', requestBody, schemas),
    renderResponses(responses),
  ]);
}

/** A titled part of the page with an anchor of its own. */
export function renderArticle(id: string, title: string, parts: readonly string[]): string {
  const anchor = escapeHtml(id);
  const heading = `<h3><a href="#${anchor}">${escapeHtml(title)}</a></h3>`;
  return `<article id="${anchor}">${[heading, ...parts].filter(Boolean).join('\n')}</article>`;
}

function toRow({ name, in: place, required = false, schema = {}, description }: Parameter): Row {
  return { name, place, required, schema, ...(description === undefined ? {} : { description }) };
}

function readSchema({ content = {} }: Content): Schema | undefined {
  return Object.values(content)[0]?.schema;
}

function renderBody(title: string, body: Content | undefined, schemas: Schemas): string {
  const schema = body && readSchema(body);
  if (!schema) return '';
  const name = readRef(schema);
  const rows = listFields((name === undefined ? schema : schemas[name]) ?? {});
  const table = renderTable(rows, 'Field');
  const heading = name === undefined ? title : `${title}: ${renderType(schema)}`;
  return `<h4>${heading}</h4>${rows.length > LONG ? fold(`${rows.length} fields`, table) : table}`;
}

function fold(title: string, content: string): string {
  return `<details><summary>${title}</summary>${content}</details>`;
}

function isError(reply: Reply): boolean {
  return readRef(readSchema(reply) ?? {}) === 'Error';
}

function renderResponses(responses: Readonly<Record<string, Reply>>): string {
  const all = Object.entries(responses);
  const good = all.filter(([, reply]) => !isError(reply)).map(([status, reply]) => renderReply(status, reply));
  const errors = all.filter(([, reply]) => isError(reply));
  return `<h4>Responses</h4><dl>${good.join('\n')}</dl>${errors.length > 0 ? renderErrors(errors) : ''}`;
}

function renderReply(status: string, reply: Reply): string {
  const schema = readSchema(reply);
  const rows = schema ? listFields(schema) : [];
  const table = rows.length > 0 ? renderTable(rows, 'Field') : '';
  const body = rows.length > SHORT ? fold(`${rows.length} fields`, table) : table;
  const type = schema ? renderReplyType(schema) : 'no body';
  return `<dt>${escapeHtml(status)}</dt><dd>${renderLine(reply.description ?? '')}: ${type}${body}</dd>`;
}

function renderReplyType(schema: Schema): string {
  const entry = schema.properties?.results?.items;
  if (!entry) return renderType(schema);
  return `a page of ${readRef(entry) === undefined ? 'entries' : renderType(entry)}`;
}

/** The codes of one status stand in one description, `a`: …; `b`: …: each gets a line. */
function renderErrors(errors: readonly (readonly [string, Reply])[]): string {
  const lines = errors.flatMap(([status, { description = '' }]) =>
    description.split(/; (?=`)/).map((line) => `<li>${escapeHtml(status)} ${renderLine(line)}</li>`),
  );
  const statuses = errors.map(([status]) => escapeHtml(status)).join(', ');
  return fold(`Errors: ${statuses}`, `<ul class="errors">${lines.join('\n')}</ul>`);
}

/** A webhook that receivers get. */
export function renderWebhook(entry: Entry, schemas: Schemas): string {
  const { id, summary = id, method, description = '', parameters = [], requestBody, responses = {} } = entry;
  // Numbers come first among an object's keys; `2XX` belongs before 410.
  const sorted = Object.entries(responses).sort(([a], [b]) => (a < b ? -1 : 1));
  const answers = sorted.map(
    ([status, reply]) => `<dt>${escapeHtml(status)}</dt><dd>${renderLine(reply.description ?? '')}</dd>`,
  );
  return renderArticle(id, summary, [
    `<p class="path"><span class="method ${method}">${method.toUpperCase()}</span> <code>hook_url</code></p>`,
    renderParagraphs(description),
    parameters.length > 0 ? `<h4>Headers</h4>${renderTable(parameters.map(toRow), 'Name')}` : '',
    renderBody('Payload', requestBody, schemas),
    `<h4>What your answer means</h4><dl>${answers.join('\n')}</dl>`,
  ]);
}
