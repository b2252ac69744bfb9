import { createHash } from 'node:crypto';
import test from 'ava';
import { renderMarkdown } from '../../api/markdown.js';
import { assertError, buildPlace, startApi } from '../helpers/api.js';

const render = (text: string) => renderMarkdown(text, { images: false });
const REL = 'rel="nofollow noopener"';

const RENDERED: readonly [what: string, text: string, html: string][] = [
  ['a heading with an id', '# Getting *started*, quickly!', '<h1 id="getting-started-quickly">Getting <em>started</em>, quickly!</h1>\n'],
  ['headings of one name', '## A\n## A\n## A', '<h2 id="a">A</h2>\n<h2 id="a-1">A</h2>\n<h2 id="a-2">A</h2>\n'],
  ['a heading with code and a link', '# `run` [it](https://a.example)', `<h1 id="run-it"><code>run</code> <a href="https://a.example" ${REL}>it</a></h1>\n`],
  ['a heading in another script', '# Über Größe 你好', '<h1 id="über-größe-你好">Über Größe 你好</h1>\n'],
  ['a code fence with its language', '```sh\nrun <x> & "y"\n```', '<pre><code class="language-sh">run &lt;x&gt; &amp; &quot;y&quot;\n</code></pre>\n'],
  ['an indented block', '    a', '<pre><code>a\n</code></pre>\n'],
  ['a table with a centred column', 'a|b\n-|:-:\n1|2', '<table>\n<thead>\n<tr>\n<th>a</th>\n<th class="center">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td class="center">2</td>\n</tr>\n</tbody>\n</table>\n'],
  ['text struck through', '~~a~~', '<p><s>a</s></p>\n'],
  ['a link', '[a](https://a.example/?b=1&c=2 "t")', `<p><a href="https://a.example/?b=1&amp;c=2" title="t" ${REL}>a</a></p>\n`],
  ['a reference link', '[a][r]\n\n[r]: http://a.example', `<p><a href="http://a.example" ${REL}>a</a></p>\n`],
  ['an autolink', '<https://a.example>', `<p><a href="https://a.example" ${REL}>https://a.example</a></p>\n`],
  ['a bare address', 'see https://a.example/b, or', `<p>see <a href="https://a.example/b" ${REL}>https://a.example/b</a>, or</p>\n`],
  ['a bare mail address', 'to a@b.example.', `<p>to <a href="mailto:a@b.example" ${REL}>a@b.example</a>.</p>\n`],
  ['a place in the text', '[a](#b)', `<p><a href="#b" ${REL}>a</a></p>\n`],
  ['a file name, which is no address', 'see README.md', '<p>see README.md</p>\n'],
  ['an image, as a link', '![alt *text*](https://a.example/i.png "t")', `<p><a href="https://a.example/i.png" ${REL}>alt text</a></p>\n`],
  ['an image without a text', '![](https://a.example/i.png)', `<p><a href="https://a.example/i.png" ${REL}>https://a.example/i.png</a></p>\n`],
  ['a badge in a link, as its text', '[![build](https://a.example/i.svg)](https://ci.example)', `<p><a href="https://ci.example" ${REL}>build</a></p>\n`],
  ['raw HTML, as text', 'a <b onclick="x()">c</b>', '<p>a &lt;b onclick=&quot;x()&quot;&gt;c&lt;/b&gt;</p>\n'],
  ['a block of raw HTML, as text', '<div>\n<!-- x -->\n</div>', '<p>&lt;div&gt;\n&lt;!-- x --&gt;\n&lt;/div&gt;</p>\n'],
  ['nothing', '', ''],
];
for (const [what, text, html] of RENDERED) test(`${what} is rendered`, (t) => t.is(render(text), html));

for (const link of [
  'javascript:x()', 'JaVaScRiPt:x()', 'java&#115;cript:x()', '&#x6A;avascript:x()', 'java\\script:x()', '%6Aavascript:x()', 'vbscript:x',
  'data:text/html,x', 'data:image/svg+xml,x', 'file:///etc/passwd', 'ftp://a.example', 'blob:x', '//a.example', '/v2/user', 'docs/a.md',
  'http:a', 'https:///a', 'mailto:', '&#1;javascript:x()', 'feed:javascript:x()',
]) {
  test(`${link} is no link and no image`, (t) => {
    for (const text of [`[a](${link})`, `![a](${link})`, `[a](<${link}>)`, `<${link}>`, `[a]\n\n[a]: ${link}`]) {
      t.false(/<a |<img /.test(render(text)), text);
    }
  });
}

test('an image that is no http address is its text alone', (t) => {
  for (const source of ['#x', 'mailto:a@b.example']) t.is(render(`![a](${source})`), '<p>a</p>\n');
});

test('images are shown where the hub shows them, and tell nobody where they stand', (t) => {
  const html = renderMarkdown('![a"b](https://a.example/i.png)', { images: true });
  t.is(html, '<p><img src="https://a.example/i.png" alt="a&quot;b" loading="lazy" referrerpolicy="no-referrer"></p>\n');
  t.is(renderMarkdown('![a](data:image/png;base64,x)', { images: true }), '<p>![a](data:image/png;base64,x)</p>\n');
});

/** A text of 25,000 characters. */
const fill = (pattern: string) => pattern.repeat(25_000).slice(0, 25_000);
const HOSTILE: readonly string[] = [
  ...['[', '![', '[]', '[a](', '[a](<', '![a](b', '[a]:\n', '[a]: b\n', '>', '> ', '> a\n', '* ', '1. ', '*a ', 'a**b_c*', '_a', '~~a', '`', '``a`'],
  ...['<', '<a ', '<!--', '<http:', '&', '&#1;', '"', '\\[', '# a\n', 'a\n=\n', '```\n', '    a\n', '\t', '\n', 'http://', 'a@b.co ', 'a@', '.', '-', '\u{1F600}'],
].map(fill);
const NESTED = [
  '['.repeat(12_500) + ']'.repeat(12_500),
  '!['.repeat(8000) + ']()'.repeat(3000),
  '>'.repeat(12_500) + '\n' + '*'.repeat(12_499),
  Array.from({ length: 220 }, (_, depth) => `${' '.repeat(depth)}* a`).join('\n'),
  Array.from({ length: 220 }, (_, length) => '`'.repeat(length)).join('a'),
  `|${'a|'.repeat(4000)}\n|${'-|'.repeat(4000)}\n${'|\n'.repeat(4500)}`,
  `[a]: http://a.example/${'y'.repeat(12_000)}\n\n${'[a]'.repeat(4200)}`,
  `[a]: http://a.example "${'y'.repeat(12_000)}"\n\n${'[a]'.repeat(4200)}`,
  `[a]: http://a.example/${'y'.repeat(12_000)}\n\n${'![][a]'.repeat(2000)}`,
  `[a]: http://a.example/${'y'.repeat(12_000)}\n\n[${'![][a]'.repeat(2000)}](http://b.example)`,
];

test('no text takes more than a moment, or swells', (t) => {
  for (const text of [...HOSTILE, ...NESTED]) {
    for (const images of [false, true]) {
      const start = performance.now();
      const { length } = renderMarkdown(text, { images });
      const name = `${text.slice(0, 20)}… ${text.slice(-10)}`;
      // Twenty times what the slowest took alone, for a machine that does much else.
      t.true(performance.now() - start < 4000, name);
      t.true(length < 3_000_000, `${name} becomes ${length}`);
    }
  }
});

test('a text whose links swell is shown as it was written', (t) => {
  const text = `[a]: http://a.example/${'y'.repeat(12_000)}\n\n${'[a]'.repeat(4200)}<b>`;
  t.is(render(text), `<pre>${text.replace('<b>', '&lt;b&gt;')}</pre>`);
});

test('the readme is a whole page, and nothing but its style sheet passes its policy', async (t) => {
  const api = await startApi(t);
  const { path, repository } = await buildPlace(api, { full_description: '# Hi\n\nthere' });
  for (const address of [`${path}/readme.html`, `${path}/readme.html/`]) {
    const { status, headers, text } = await api.request('GET', address);
    const [, style = ''] = /<style>([^]*?)<\/style>/.exec(text) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    t.is(status, 200);
    t.like(headers, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    t.regex(text, /^<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">/);
    t.true(text.includes(`<title>${repository.namespace}/${repository.name}</title>`));
    t.true(text.includes('<h1 id="hi">Hi</h1>\n<p>there</p>'));
  }
});

test('the policy lets images pass where the hub shows them', async (t) => {
  const api = await startApi(t, { remoteImages: 'on' });
  const { path } = await buildPlace(api, { full_description: '![a](https://a.example/i.png)' });
  const { headers, text } = await api.request('GET', `${path}/readme.html`);
  t.regex(String(headers['content-security-policy']), /; img-src https: http:; base-uri 'none';/);
  t.true(text.includes('<img src="https://a.example/i.png"'));
});

test('the readme of a private repository is a 404 like a missing one, and an empty one says so', async (t) => {
  const api = await startApi(t);
  const { path, token } = await buildPlace(api, { is_private: true });
  assertError(t, await api.request('GET', `${path}/readme.html`), { status: 404, code: 'not_found' });
  t.regex((await api.request('GET', `${path}/readme.html`, { token })).text, /no description yet/);
});

test('Markdown comes back as it was written', async (t) => {
  const api = await startApi(t);
  const full_description = '# <b>Hi</b>\r\n\n\t![x](javascript:y) \u{1F600}\n';
  const { path } = await buildPlace(api, { full_description });
  t.like((await api.request('GET', path)).body, { full_description });
});
