import { Type, type TSchema } from '@sinclair/typebox';
import { Nullable } from '../schemas/shapes.js';
import type { ForeignImage } from './images.js';

/** One call of another registry, once it is known to come from there. */
export interface InboundCall {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
}

/** A push as another registry tells of it: nothing here is checked but its type. */
export interface ForeignPush {
  /** The repository there, as `host/name` where the registry names its host. */
  readonly repository: string;
  /** Empty or a digest where nothing was tagged. */
  readonly tag: string;
  readonly digest?: string | null | undefined;
  readonly mediaType?: string | null | undefined;
  readonly image?: ForeignImage;
  readonly pusher?: string | null | undefined;
  /** What this call has again when it is repeated, and no other push has. Undefined: the registry tells too little. */
  readonly delivery: string | undefined;
}

/** What a call says of one thing that happened: a push, or why it is none. */
export type Told = ForeignPush | { readonly ignored: string };

// The schemas are open: registries send much more than this, and add to it. Go writes null for what is not there.
export const maybe = <T extends TSchema>(schema: T) => Type.Optional(Nullable(schema));
export const Text = Type.String({ maxLength: 1000 });
/** Things that one call may tell of. */
export const LIST_LIMIT = 1000;

/**
 * The mark of a call that has no id but tells the moment of the push, in seconds: a repeated call tells the same one, and
 * another push of the same tag has another.
 */
export function markMoment(moment: number | null | undefined, by: string | null | undefined): string | undefined {
  return typeof moment === 'number' ? `${moment} ${by ?? ''}` : undefined;
}
