import { escapeHtml } from '../html.js';

/** The parts of a JSON Schema that the page shows. */
export interface Schema {
  readonly $ref?: string;
  readonly title?: string;
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** A row of a table of fields or parameters. */
export interface Row {
  readonly name: string;
  /** Where a parameter stands: path, query or header. */
  readonly place?: string;
  readonly required: boolean;
  readonly schema: Schema;
  readonly description?: string;
}

const REF = '#/components/schemas/';

/** A line of text: escaped, and the one thing of Markdown that is shown is `code`. */
export function renderLine(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}

/** The name of the component that a schema refers to. */
export function readRef({ $ref }: Schema): string | undefined {
  return $ref?.startsWith(REF) ? $ref.slice(REF.length) : undefined;
}

/** A schema's type in words, with a link where it is a component: `array of <a>Webhook</a>`, `string or null`. */
export function renderType(schema: Schema): string {
  const name = readRef(schema);
  if (name !== undefined) return `<a href="#schema-${escapeHtml(name)}">${escapeHtml(name)}</a>`;
  if (schema.anyOf) return schema.anyOf.map(renderType).join(' or ');
  if (schema.type === 'array') return `array of ${renderType(schema.items ?? {})}`;
  const value = findMapValue(schema);
  return value ? `object with values of ${renderType(value)}` : escapeHtml(schema.type ?? 'any');
}

function findMapValue({ additionalProperties, patternProperties }: Schema): Schema | undefined {
  return typeof additionalProperties === 'object' ? additionalProperties : Object.values(patternProperties ?? {})[0];
}

/** Every field of an object, nested ones by path: `webhooks[].name`, `push_data.tag`. Components stay links. */
export function listFields({ properties = {}, required = [] }: Schema, prefix = ''): Row[] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const name = `${prefix}${key}`;
    return [{ name, required: required.includes(key), schema }, ...listNested(schema, name)];
  });
}

function listNested(schema: Schema, path: string): Row[] {
  if (schema.properties) return listFields(schema, `${path}.`);
  if (schema.items) return listNested(schema.items, `${path}[]`);
  return (schema.anyOf ?? []).flatMap((choice) => listNested(choice, path));
}

/** The limits of a value in words, those of its choices (`string or null`) and of its entries included. */
function listLimits(schema: Schema): string[] {
  const { pattern, format, examples = [] } = schema;
  return [
    ...(schema.enum ? [`one of ${schema.enum.map(quote).join(', ')}`] : []),
    ...(schema.const === undefined ? [] : [`always ${quote(schema.const)}`]),
    ...describeRange(schema.minLength, schema.maxLength, ' characters'),
    ...describeRange(schema.minimum, schema.maximum, ''),
    ...describeRange(schema.minItems, schema.maxItems, ' entries'),
    ...(pattern === undefined ? [] : [`matches ${quote(pattern)}`]),
    ...(format === undefined ? [] : [`format ${escapeHtml(format)}`]),
    ...(schema.anyOf ?? []).flatMap(listLimits),
    ...(schema.items ? listLimits(schema.items).map((limit) => `each ${limit}`) : []),
    ...(schema.default === undefined ? [] : [`default ${quote(schema.default)}`]),
    ...(examples.length > 0 ? [`for example ${examples.map(quote).join(', ')}`] : []),
  ];
}

function describeRange(from: number | undefined, to: number | undefined, unit: string): string[] {
  if (from !== undefined && to !== undefined) return [`${from} to ${to}${unit}`];
  if (from !== undefined) return [`at least ${from}${unit}`];
  return to === undefined ? [] : [`at most ${to}${unit}`];
}

function quote(value: unknown): string {
  return `<code>${escapeHtml(typeof value === 'string' ? value : JSON.stringify(value))}</code>`;
}

function findDescription({ description, anyOf = [] }: Schema): string | undefined {
  return description ?? anyOf.map(findDescription).find((text) => text !== undefined);
}

/** The first row of a table. */
export function renderHead(titles: readonly string[]): string {
  return `<thead><tr>${titles.map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead>`;
}

/** Fields or parameters as a table; on a phone each row becomes a block. */
export function renderTable(rows: readonly Row[], noun: string): string {
  return `<table>${renderHead([noun, 'Type', 'Meaning'])}<tbody>${rows.map(renderRow).join('\n')}</tbody></table>`;
}

function renderRow({ name, place, required, schema, description }: Row): string {
  const meaning = description ?? findDescription(schema);
  const limits = listLimits(schema).join('; ');
  const marks = [place && escapeHtml(place), required ? '<b>required</b>' : 'optional'].filter(Boolean).join(', ');
  const lines = [meaning && `<p>${renderLine(meaning)}</p>`, limits && `<p class="limits">${limits}</p>`];
  const about = lines.filter(Boolean).join('');
  const heading = `<code>${escapeHtml(name)}</code> <small>${marks}</small>`;
  return `<tr><th scope="row">${heading}</th><td>${renderType(schema)}</td><td>${about}</td></tr>`;
}

/** Paragraphs of a text, divided by empty lines. */
export function renderParagraphs(text: string): string {
  return text.split(/\n{2,}/).filter(Boolean).map((part) => `<p>${renderLine(part)}</p>`).join('\n');
}
