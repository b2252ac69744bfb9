import { Type } from '@sinclair/typebox';
import { renderDocs } from '../docs/page.js';
import { createOpenApi } from '../openapi.js';
import { defineRoute, type Route } from '../route.js';

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  // Text and one style sheet of our own: nothing on the page may load or run anything.
  'content-security-policy': "default-src 'none'; style-src 'sha256-STYLE'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

/** The API's description of itself: for programs, and for people. */
export function docsRoutes(routes: readonly Route[], publicUrl: string): Route[] {
  const document = createOpenApi(routes, publicUrl);
  const { html, styleHash } = renderDocs(document);
  const policy = PAGE_HEADERS['content-security-policy'].replace('sha256-STYLE', styleHash);
  return [
    defineRoute({
      method: 'GET',
      path: '/openapi.json',
      summary: 'This API as an OpenAPI 3.1 document',
      may: 'anyone',
      responses: { 200: Type.Object({}) },
      errors: [],
      handler: async () => ({ status: 200, body: document }),
    }),
    defineRoute({
      method: 'GET',
      path: '/docs',
      summary: 'This API as a page',
      may: 'anyone',
      responses: { 200: Type.String() },
      errors: [],
      handler: async () => ({ status: 200, body: html, headers: { ...PAGE_HEADERS, 'content-security-policy': policy } }),
    }),
  ];
}
