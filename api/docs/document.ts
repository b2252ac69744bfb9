import type { Right } from '../policy.js';
import type { Schema } from './schema.js';

/** A body by media type. */
export interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

/** One answer. */
export interface Reply extends Content {
  readonly description?: string;
}

/** A parameter in path, query or header. */
export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: Schema;
}

/** A route, or a webhook that we send. */
export interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses?: Readonly<Record<string, Reply>>;
  /** The right that the route asks for. */
  readonly 'x-who-may'?: Right;
}

/** The parts of an OpenAPI 3.1 document that the page shows. */
export interface OpenApi {
  readonly info?: { readonly title?: string; readonly version?: string; readonly description?: string };
  readonly servers?: readonly { readonly url: string }[];
  readonly paths?: Paths;
  readonly webhooks?: Paths;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** An operation with what the page needs to place it. */
export interface Entry extends Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly tag: string;
}

/** Operations by path and method. */
export type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;
/** Operations by tag. */
export type Groups = ReadonlyMap<string, readonly Entry[]>;
/** The document's components. */
export type Schemas = Readonly<Record<string, Schema>>;
