import { ERRORS } from '../errors.js';
import { escapeHtml } from '../html.js';
import type { OpenApi } from './document.js';
import { renderParagraphs } from './schema.js';

const ERROR_SHAPE = `<h3>Errors</h3>
<p>Every error is a JSON object with a fixed <code>code</code> for programs, its <code>message</code>, and a
<code>detail</code> about this case. <code>invalid_input</code> also says in <code>fields</code> what is wrong with
which field. All codes are <a href="#errors">listed below</a>.</p>
<pre tabindex="0"><code>{"code": "invalid_input", "message": "${escapeHtml(ERRORS.invalid_input.message)}",
 "detail": "webhooks[0].name is required", "fields": {"webhooks[0].name": "is required"}}</code></pre>`;

const REQUESTS = `<h3>Requests and lists</h3>
<p>Bodies are JSON in UTF-8. Unknown fields are refused unless an operation says otherwise.
<code>/v2/repositories</code> and <code>/v2/repositories/</code> are the same, and so for every path.</p>
<p>Lists come in pages: <code>?page=2&amp;page_size=50</code>, at most 100 entries each.
<code>count</code> is the number in all, <code>next</code> and <code>previous</code> are absolute URLs or null,
<code>results</code> are the entries.</p>`;

/** How to log in, what errors look like, how lists come. */
export function renderIntroduction({ info, servers }: OpenApi): string {
  const url = escapeHtml(servers?.[0]?.url ?? '');
  return `<section id="introduction">
${renderParagraphs(info?.description ?? '')}
<p>For programs: <a href="${url}/openapi.json">this API as an OpenAPI 3.1 document</a>.</p>
${renderLogin(url)}
${ERROR_SHAPE}
${REQUESTS}
</section>`;
}

function renderLogin(url: string): string {
  return `<h3>Log in</h3>
<p>The answer holds a token, valid for 24 hours. Send it with every request that needs a user.</p>
<pre tabindex="0"><code>curl ${url}/v2/users/login/ \\
  -H 'content-type: application/json' \\
  -d '{"username": "alice", "password": "…"}'

curl ${url}/v2/repositories/alice/app/ \\
  -H 'authorization: Bearer TOKEN'</code></pre>`;
}
