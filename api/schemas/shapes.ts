import { Type, type TObject, type TProperties, type TSchema } from '@sinclair/typebox';

/** A closed object: a misspelt field is refused on the way in and never leaks on the way out. */
export function Closed<T extends TProperties>(properties: T, options: { title?: string; description?: string } = {}): TObject<T> {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

/** A value or null. */
export function Nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

/** A moment: ISO 8601 in UTC with milliseconds. */
export const Moment = Type.String({ format: 'date-time', examples: ['2026-11-24T12:00:00.000Z'] });

const LOCAL = '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9](\\.[0-9]{1,9})?';

/**
 * A moment as clients write it. `format` alone lets more pass than `Date` reads (a 60th second, an offset without
 * minutes) and than sorts as text (`t` or a space for `T`).
 */
export const GivenMoment = Type.String({ ...Moment, pattern: `${LOCAL}(Z|[+-][0-9]{2}:[0-9]{2})$` });
export const GivenUtcMoment = Type.String({ ...Moment, pattern: `${LOCAL}Z$`, description: 'In UTC, ending in `Z`' });

/** A page of a list in Docker Hub's shape. */
export function PageOf<T extends TSchema>(item: T) {
  return Closed({
    count: Type.Integer({ description: 'Number of items in all' }),
    next: Nullable(Type.String({ format: 'uri', description: 'Absolute URL of the next page' })),
    previous: Nullable(Type.String({ format: 'uri' })),
    results: Type.Array(item),
  });
}

/** Paging parameters; a page_size above 100 is served as 100, because real clients ask for 1000. */
export const PageQuery = {
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000, default: 1 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, default: 10, description: 'Above 100 is served as 100' })),
};

/** Segments of a repository's path. */
export const RepositoryPath = {
  namespace: Type.String({ examples: ['alice'] }),
  name: Type.String({ examples: ['app'] }),
};

/** The owner's segment of a path. */
export const NamespacePath = { namespace: RepositoryPath.namespace };

/** The segment of an organization. */
export const OrganizationPath = { organization: Type.String({ examples: ['acme'] }) };

/** Any text but with a NUL character, which PostgreSQL refuses to be asked for. */
export const FilterText = Type.String({ pattern: '^[^\\u0000]*$', maxLength: 255 });

/** Server-sent events. */
export const EventStream = Type.String({ contentMediaType: 'text/event-stream' });

/** A page for people. */
export const Html = Type.String({ contentMediaType: 'text/html' });
