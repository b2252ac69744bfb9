/** What the API answered in place of what was asked for: its own words, and those for single fields. */
export class ApiFailure extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'ApiFailure';
  }
}

/** A page of a list in the API's shape. */
export interface Page<T> {
  readonly count: number;
  readonly next: string | null;
  readonly previous: string | null;
  readonly results: readonly T[];
}

export type Query = Readonly<Record<string, string | number | undefined>>;

/** The API could not be reached at all. */
export const UNREACHABLE = 'unreachable';

/** An address of the API with its query; undefined and empty values are left out. */
export function addQuery(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return text === '' ? path : `${path}?${text}`;
}

/** A path of the API or the pages, its parts encoded: at`/v2/repositories/${ns}/${name}`. */
export function at(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.reduce((path, part, index) => `${path}${encodeURIComponent(values[index - 1] ?? '')}${part}`);
}

async function readFailure(response: Response): Promise<ApiFailure> {
  const body = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; message?: string; fields?: Record<string, string> };
  return new ApiFailure(response.status, body.code ?? 'unknown', body.detail ?? body.message ?? response.statusText, body.fields);
}

async function ask(method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  // No form and no link of another site can send this header.
  if (method !== 'GET') headers['X-Hookline-Request'] = '1';
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const init: RequestInit = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(path, init).catch((error: unknown) => {
    throw new ApiFailure(0, UNREACHABLE, error instanceof Error ? error.message : String(error));
  });
  if (!response.ok) throw await readFailure(response);
  return response;
}

// What the API answers is described by its OpenAPI document and checked by the hub; here it is believed.
async function askFor(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await ask(method, path, body);
  return response.status === 204 ? undefined : response.json();
}

/** Every request of the pages. Answers JSON (undefined where there is none); throws ApiFailure. */
export const api = {
  get: async <T>(path: string, query?: Query) => (await askFor('GET', addQuery(path, query))) as T,
  post: async <T>(path: string, body?: object) => (await askFor('POST', path, body)) as T,
  put: async <T>(path: string, body: object) => (await askFor('PUT', path, body)) as T,
  patch: async <T>(path: string, body: object) => (await askFor('PATCH', path, body)) as T,
  delete: async (path: string) => {
    await ask('DELETE', path);
  },
  /** A page that the API renders, such as a readme. */
  html: async (path: string): Promise<string> => {
    const response = await fetch(path, { headers: { Accept: 'text/html' } });
    if (!response.ok) throw await readFailure(response);
    return response.text();
  },
  /** The same of what is not saved yet. */
  draft: async (path: string, body: object): Promise<string> => (await ask('POST', path, body)).text(),
};
