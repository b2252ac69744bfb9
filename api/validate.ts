import type { TSchema } from '@sinclair/typebox';
import type { Options, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parseHttpUrl } from './schemas/formats.js';
import { createInputError, readFaults } from './errors.js';

/** Three tempers of one schema language. */
const TEMPERS = {
  /** What clients write: nothing is guessed, an unknown field is an error. */
  body: {},
  /** What stands in URLs and headers: text, so numbers and booleans are read from it. */
  query: { coerceTypes: true },
  /** What we answer: what a schema does not name never leaves. */
  response: { removeAdditional: true },
} as const satisfies Record<string, Options>;

export type Temper = keyof typeof TEMPERS;

const compilers = Object.fromEntries(
  Object.entries(TEMPERS).map(([temper, options]) => [temper, createCompiler(options)]),
) as Record<Temper, Ajv2020>;

function createCompiler(options: Options): Ajv2020 {
  // `examples` and `title` serve the API document.
  const ajv = new Ajv2020({ strict: true, allErrors: true, useDefaults: true, strictTypes: false, ...options });
  addFormats.default(ajv, ['date-time', 'uri', 'email', 'uuid']);
  ajv.addFormat('http-url', (text) => parseHttpUrl(text) !== undefined);
  return ajv;
}

/** Compiles a schema once; the function throws a 400 that names the fields, or changes `value` as its temper says. */
export function compileCheck(schema: TSchema, temper: 'body' | 'query'): (value: unknown) => void {
  const validate = compilers[temper].compile(schema);
  return (value) => {
    if (!validate(value)) throw createInputError(readFaults(validate.errors ?? []));
    if (temper === 'query') refuseInfinite(value as object);
  };
}

/** `1e400` is read as Infinity, which ajv lets pass every bound. */
function refuseInfinite(value: object): void {
  const faults = Object.entries(value).filter(([, number]) => typeof number === 'number' && !Number.isFinite(number));
  if (faults.length > 0) throw createInputError(Object.fromEntries(faults.map(([name]) => [name, 'must be a finite number'])));
}

/** Compiles the schema of an answer; the function strips `value` and returns what does not fit, as one text. */
export function compileResponse(schema: TSchema): (value: unknown) => string | undefined {
  const validate: ValidateFunction = compilers.response.compile(schema);
  return (value) => (validate(value) ? undefined : compilers.response.errorsText(validate.errors));
}
