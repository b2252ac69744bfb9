import { createHash } from 'node:crypto';
import test from 'ava';
import { ROUTES } from '../../../api/app.js';
import { docsRoutes } from '../../../api/routes/docs.js';
import { renderDocs } from '../../../api/docs/page.js';
import { createOpenApi } from '../../../api/openapi.js';
import type { Call } from '../../../api/route.js';

const PUBLIC_URL = 'http://hub.example:8080';
const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
const renderReal = () => renderDocs(createOpenApi(ROUTES, PUBLIC_URL));
/** Tags with the values of their attributes taken out: what a parser sees as names. */
const readTags = (html: string) =>
  [...html.matchAll(/<[a-z](?:[^>"]|"[^"]*")*>/gi)].map(([tag]) => tag.replace(/"[^"]*"/g, '""'));
const readIds = (html: string) => [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);

const readArticle = (html: string, id: string) => html.split(`<article id="${id}">`)[1]?.split('</article>')[0] ?? '';

test('every operation has an anchor and its summary', (t) => {
  const { html } = renderReal();
  const heads = /<article id="([^"]+)"><h3><a href="#([^"]+)">([^<]+)<\/a><\/h3>\s*<p class="path">(.*)<\/p>/g;
  const articles = [...html.replaceAll('<wbr>', '').matchAll(heads)];
  for (const { method, path, summary } of ROUTES) {
    const shown = articles.filter(([, , , title]) => title === escape(summary));
    const start = path.replace(/:(\w+)/g, '{$1}');
    const mine = shown.filter(([, , , , line = '']) => line.includes(`>${method}<`) && line.includes(`<code>${start}`));
    t.is(mine.length, 1, `${method} ${path}`);
    t.is(mine[0]?.[1], mine[0]?.[2], `${method} ${path} links to itself`);
  }
});

test('every link inside the page has its target, and every id is there once', (t) => {
  const { html } = renderReal();
  const ids = readIds(html);
  t.deepEqual(ids, [...new Set(ids)]);
  for (const [, target] of html.matchAll(/href="#([^"]*)"/g)) t.true(ids.includes(target), `#${target}`);
});

test('the webhook stands with its headers and payload', (t) => {
  const { html } = renderReal();
  const article = readArticle(html, 'webhook-push');
  for (const text of ['webhook-id', 'webhook-timestamp', 'webhook-signature', 'callback_url', 'push_data.tag']) {
    t.true(article.includes(`<code>${text}</code>`), text);
  }
});

test('nested fields stand with their path, type and limits', (t) => {
  const { html } = renderReal();
  const article = readArticle(html, 'postV2RepositoriesNamespaceNameWebhookPipeline');
  const [row = ''] = /<tr><th scope="row"><code>webhooks\[\]\.callback_timeout<.*<\/tr>/.exec(article) ?? [];
  t.true(row.includes('optional'));
  t.true(row.includes('<td>string or null</td>'));
  t.true(row.includes('matches <code>^[0-9]{1,9}(ms|s|m|h|d)$</code>'));
  t.true(row.includes('From <code>1s</code> to <code>30d</code>'));
  t.true(article.includes('<a href="#schema-Chain">Chain</a>'));
});

test('the page runs and loads nothing', (t) => {
  const { html } = renderReal();
  t.false(/<script/i.test(html));
  t.deepEqual(readTags(html).filter((tag) => /^<(?:script|link|img|iframe|object|embed|base|form)\b/i.test(tag)), []);
  t.deepEqual(readTags(html).filter((tag) => /\s(?:on\w+|src|srcset|style)\s*=/i.test(tag)), []);
  t.false(/url\(|@import/i.test(html));
  t.is(html.match(/<style/g)?.length, 1);
});

test('the policy that is sent lets exactly this style sheet pass', async (t) => {
  const { html } = renderReal();
  const [, style = ''] = /<style>([^]*?)<\/style>/.exec(html) ?? [];
  const page = docsRoutes(ROUTES, PUBLIC_URL).find(({ path }) => path === '/docs');
  const reply = await page?.handler({} as Call);
  const hash = createHash('sha256').update(style).digest('base64');
  t.true(reply?.headers?.['content-security-policy']?.includes(`; style-src 'sha256-${hash}';`));
  t.is(reply?.body, html as unknown as object);
});

const EVIL = '<script>alert(1)</script>"\' onload=x `<b>`';
const evilSchema = {
  type: EVIL,
  description: EVIL,
  pattern: EVIL,
  format: EVIL,
  enum: [EVIL],
  const: EVIL,
  default: { [EVIL]: EVIL },
  examples: [EVIL],
};
const evilProperties = { [EVIL]: evilSchema, map: { additionalProperties: evilSchema } };
const evilObject = { type: 'object', description: EVIL, properties: evilProperties };
const evilContent = { content: { 'application/json': { schema: evilObject } } };
const evilOperation = {
  operationId: EVIL,
  summary: EVIL,
  description: `${EVIL}\n\nWho may: ${EVIL}.`,
  tags: [EVIL],
  parameters: [{ name: EVIL, in: EVIL, description: EVIL, schema: { $ref: `#/components/schemas/${EVIL}` } }],
  requestBody: evilContent,
  responses: {
    [EVIL]: { description: EVIL, ...evilContent },
    [`4${EVIL}`]: { description: EVIL, content: { x: { schema: { $ref: '#/components/schemas/Error' } } } },
  },
};
const evilDocument = {
  info: { title: EVIL, version: EVIL, description: EVIL },
  servers: [{ url: EVIL }],
  paths: { [`/${EVIL}`]: { get: evilOperation, post: { ...evilOperation, operationId: undefined } } },
  webhooks: { [EVIL]: { post: { ...evilOperation, operationId: 'hook' } } },
  components: { schemas: { [EVIL]: evilObject } },
};

test('text comes out escaped, wherever it stands', (t) => {
  const { html } = renderDocs(evilDocument);
  const shown = '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39; onload=x ';
  t.true(html.includes(`${shown}\`&lt;b&gt;\`</a></h3>`), 'a summary');
  t.true(html.includes(`<p>${shown}<code>&lt;b&gt;</code></p>`), 'a description shows code');
  t.false(/<script/i.test(html));
  t.deepEqual(readTags(html).filter((tag) => /\sonload/.test(tag)), []);
  t.is(html.match(/<b>/g)?.length, html.match(/<b>required<\/b>/g)?.length);
});

test('an empty document is a page too', (t) => {
  t.regex(renderDocs({}).html, /<h1>The API <small><\/small><\/h1>/);
});
