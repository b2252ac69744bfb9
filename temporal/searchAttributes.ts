import type { ConnectionLike } from '@temporalio/client';
// CommonJS: Node gives an ES module its default export only; the types come by name.
import proto, { type temporal } from '@temporalio/proto';
import { ProgramUnavailableError } from '../programs/errors.js';
import type { AttributeTypeName } from './settingsSchema.js';

const { IndexedValueType } = proto.temporal.api.enums.v1;
type IndexedValueType = temporal.api.enums.v1.IndexedValueType;

const TYPES: Readonly<Record<AttributeTypeName, IndexedValueType>> = {
  Text: IndexedValueType.INDEXED_VALUE_TYPE_TEXT,
  Keyword: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  Int: IndexedValueType.INDEXED_VALUE_TYPE_INT,
  Double: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
  Bool: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
  Datetime: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  KeywordList: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
};

/**
 * Registers the attributes that the namespace lacks. A dev server does so from its flags only for a new database file,
 * so an older file comes without those that were added later.
 * @throws ProgramUnavailableError when one exists with another type: Temporal cannot change a type.
 */
export async function addSearchAttributes(
  { operatorService }: ConnectionLike,
  namespace: string,
  wanted: Readonly<Record<string, AttributeTypeName>>,
): Promise<void> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(wanted).filter(([name]) => customAttributes[name] === undefined);
  for (const [name, type] of Object.entries(wanted)) checkType(name, type, customAttributes[name]);
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPES[type]]));
  await operatorService.addSearchAttributes({ namespace, searchAttributes });
}

function checkType(name: string, wanted: AttributeTypeName, found: IndexedValueType | undefined): void {
  if (found === undefined || found === TYPES[wanted]) return;
  const [known = String(found)] = Object.entries(TYPES).find(([, value]) => value === found) ?? [];
  throw new ProgramUnavailableError(
    `Temporal's search attribute ${name} has the type ${known}, but Hookline needs ${wanted}: rename or remove it `
    + `(temporal operator search-attribute remove --name ${name}), or use another namespace.`,
  );
}
