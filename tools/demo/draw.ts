/** What the demo reads of a run. */
export interface ShownRun {
  readonly state: string;
  readonly finished: string | null;
  readonly deliveries: readonly ShownDelivery[];
}

interface ShownDelivery {
  readonly position: number;
  readonly name: string;
  readonly state: string;
  readonly reason: string | null;
  readonly attempts: readonly { readonly status: number | null; readonly duration_ms: number | null }[];
  readonly callback: { readonly state: string; readonly description: string | null; readonly target_url: string | null } | null;
}

const MARKS: Readonly<Record<string, string>> = {
  pending: '○', delivering: '◐', waiting: '◑', success: '●', failure: '✗', error: '✗', canceled: '✗', skipped: '–',
};

/** The chain as one line: `1.0  ● build success → ◑ tests waiting → ○ deploy pending   running`. */
export function drawChain(tag: string, run: ShownRun): string {
  const hops = run.deliveries.map(({ name, state }) => `${MARKS[state] ?? '?'} ${name} ${state}`);
  return `${tag.padEnd(7)} ${hops.join('  →  ')}   [${run.state}]`;
}

/** What happened at one webhook, in one line. */
export function describeHop({ position, name, state, attempts, callback }: ShownDelivery): string {
  const [last] = attempts.slice(-1);
  const sent = last ? `POST answered ${last.status ?? 'nothing'} in ${last.duration_ms ?? '?'} ms` : 'never called';
  const said = callback ? `callback ${callback.state}: “${callback.description ?? ''}” ${callback.target_url ?? ''}` : state;
  return `    ${position}. ${name.padEnd(8)} ${sent}; ${said}`;
}
