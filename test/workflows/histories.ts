import { join } from 'node:path';
import { readdirSync, readFileSync } from 'node:fs';
import { findProjectRoot } from '../../programs/root.js';

/** One folder per released version, one file per scenario. */
export const HISTORIES = join(findProjectRoot(), 'test', 'fixtures', 'histories');

/** A recorded history as JSON, under the name `version/scenario`. */
export interface RecordedHistory {
  readonly name: string;
  readonly history: unknown;
}

/** Every recorded history of every version. */
export function readHistories(): RecordedHistory[] {
  return readdirSync(HISTORIES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: version }) => readdirSync(join(HISTORIES, version)).map((file) => join(version, file)))
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({
      name: file.replace(/\.json$/, ''),
      history: JSON.parse(readFileSync(join(HISTORIES, file), 'utf8')) as unknown,
    }));
}
