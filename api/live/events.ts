import type { LocatedChange, Position } from '../../db/changes.js';
import type { RunHistory } from '../../db/history.js';
import { presentAttempt, presentCallback, presentDeliveryAlone, presentRun } from '../present.js';

/** A place in the order of changes, as clients send it back. */
export function formatPosition({ tx, seq }: Position): string {
  return `${tx}-${seq}`;
}

/** What a client sent back; undefined where it is no such place. */
export function parsePosition(text: string): Position | undefined {
  const [, tx, seq] = /^([0-9]{1,15})-([0-9]{1,15})$/.exec(text) ?? [];
  return tx === undefined || seq === undefined ? undefined : { tx: Number(tx), seq: Number(seq) };
}

/** An event on the wire: JSON holds no line break. */
export function writeEvent(name: string, position: Position, data: object): string {
  return `id: ${formatPosition(position)}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A run as it is, in the shape of the history. */
export function writeRun(position: Position, run: RunHistory): string {
  return writeEvent('run', position, { run_id: run.id, ...presentRun(run) });
}

/** Of several changes of one row the last alone: each is shown as the row is now. */
function dropRepeated(changes: readonly LocatedChange[]): LocatedChange[] {
  const last = new Map(changes.map((change) => [`${change.kind} ${change.row_id}`, change]));
  return changes.filter((change) => last.get(`${change.kind} ${change.row_id}`) === change);
}

/** Changes as they are sent; those of rows that are gone are left out. */
export function describeChanges(changes: readonly LocatedChange[], runs: ReadonlyMap<string, RunHistory>): string {
  return dropRepeated(changes).map((change) => {
    const run = runs.get(change.run_id);
    const data = run && describeRow(change, run);
    return data ? writeEvent(change.kind, change, { run_id: change.run_id, ...data }) : '';
  }).join('');
}

function describeRow({ kind, row_id }: LocatedChange, run: RunHistory): object | undefined {
  if (kind === 'run') return presentRun(run);
  if (kind === 'attempt') return describeAttempt(row_id, run);
  const delivery = run.deliveries.find(({ id }) => id === row_id);
  if (!delivery) return undefined;
  if (kind === 'callback') return delivery.callback && { delivery_id: row_id, ...presentCallback(delivery.callback) };
  return presentDeliveryAlone(delivery);
}

function describeAttempt(id: string, { deliveries }: RunHistory): object | undefined {
  for (const delivery of deliveries) {
    const attempt = delivery.attempts.find((one) => one.id === id);
    if (attempt) return { delivery_id: delivery.id, id, ...presentAttempt(attempt) };
  }
  return undefined;
}
