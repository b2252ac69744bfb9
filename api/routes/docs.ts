import { Type } from '@sinclair/typebox';
import { renderDocs } from '../docs/page.js';
import { createOpenApi } from '../openapi.js';
import { defineRoute, type Route } from '../route.js';
import { Html } from '../schemas/shapes.js';

/** The API's description of itself: for programs, and for people. */
export function docsRoutes(routes: readonly Route[], publicUrl: string): Route[] {
  const document = createOpenApi(routes, publicUrl);
  const { html, headers } = renderDocs(document);
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
      responses: { 200: Html },
      errors: [],
      handler: async () => ({ status: 200, body: html, headers }),
    }),
  ];
}
