import { Type } from '@sinclair/typebox';

/** A secret that is entered at the system that calls. */
export const HookSecret = Type.String({ pattern: '^[\\x21-\\x7e]{16,128}$', description: '16 to 128 visible ASCII characters' });

/** A call of another system: what it must hold depends on the system, and is read once its secret is proved. */
export const HookCall = Type.Object({});

/** One of the headers that other systems send. */
export const HookHeader = Type.Optional(Type.String({ maxLength: 200, pattern: '^[\\x20-\\x7e]*$' }));
