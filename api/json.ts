import secureJson from 'secure-json-parse';
import { ApiError, createInputError } from './errors.js';

/** No body that anybody needs nests deeper, and what walks a value by recursion has room for it. */
const MAX_DEPTH = 64;

/** An object or array that the scan is inside of: the names that it has so far, or the place in the array. */
interface Level {
  readonly path: string;
  readonly names: Set<string> | undefined;
  index: number;
  /** The name whose value comes next. */
  name: string;
}

/**
 * The value of a JSON text, read strictly: no byte order mark, no prototype, no name twice in one object, nothing nested
 * deeper than 64.
 * @param reviver as of `JSON.parse`
 * @throws ApiError 400; of a name that stands twice it names the field
 */
export function parseStrictly(text: string, reviver?: (key: string, value: unknown) => unknown): unknown {
  // The parser would skip it.
  if (text.startsWith('\ufeff')) throw new ApiError('malformed_json', 'The body begins with a byte order mark');
  // Before the parser: a reviver recurses.
  scan(text);
  try {
    return secureJson.parse(text, reviver);
  } catch (error) {
    if (error instanceof SyntaxError) throw new ApiError('malformed_json', error.message);
    throw error;
  }
}

/** Walks the text once, without recursion. What is no JSON is left to the parser to say. */
function scan(text: string): void {
  const levels: Level[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    const level = levels.at(-1);
    if (sign === '"') at = passString(text, at, level);
    else if (sign === '{' || sign === '[') levels.push(enter(level, { isObject: sign === '{', depth: levels.length }));
    else if (sign === '}' || sign === ']') levels.pop();
    else if (sign === ',' && level) level.index += 1;
  }
}

function enter(outer: Level | undefined, { isObject, depth }: { isObject: boolean; depth: number }): Level {
  if (depth === MAX_DEPTH) throw new ApiError('malformed_json', `The body is nested deeper than ${MAX_DEPTH}`);
  return { path: describePlace(outer), names: isObject ? new Set() : undefined, index: 0, name: '' };
}

/** Notes the string where it is a name, and answers where it ends. */
function passString(text: string, start: number, level: Level | undefined): number {
  const end = findEnd(text, start);
  if (level?.names && isName(text, end)) noteName(level, level.names, text.slice(start, end + 1));
  return end;
}

/** Where the string that begins at `start` ends: the index of its closing quote, or of the last character. */
function findEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '"') return at;
    if (text[at] === '\\') at += 1;
  }
  return text.length - 1;
}

/** Whether a colon follows, which it does after names alone. */
function isName(text: string, end: number): boolean {
  let at = end + 1;
  while (at < text.length && ' \t\r\n'.includes(text[at] ?? '')) at += 1;
  return text[at] === ':';
}

function noteName(level: Level, names: Set<string>, quoted: string): void {
  const name = readName(quoted);
  if (name === undefined) return;
  if (names.has(name)) throw createInputError({ [joinPath(level.path, name)]: 'stands more than once' });
  names.add(name);
  level.name = name;
}

/** The same name has several spellings: `"\u0073tate"` is `"state"`. Undefined where it is no JSON string. */
function readName(quoted: string): string | undefined {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted) as string;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function joinPath(path: string, name: string): string {
  return path ? `${path}.${name}` : name;
}

/** Where a value stands, as errors write it: `webhooks[0].hook_url`. */
function describePlace(level: Level | undefined): string {
  if (!level) return '';
  return level.names ? joinPath(level.path, level.name) : `${level.path}[${level.index}]`;
}
