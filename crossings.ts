import { channel } from 'node:diagnostics_channel';

/**
 * Places between two steps that belong together and cannot be one: what was committed and not yet said to Temporal,
 * what was sent and not yet recorded. Each is a channel `hookline:NAME` of node:diagnostics_channel, told which row it
 * is about. Without a subscriber it costs nothing; tests end the process there, and operators may count.
 */
export const CROSSINGS = [
  'run.recorded', 'run.started', 'callback.committed', 'callback.handed', 'callback.signaled', 'cancel.committed', 'cancel.told',
  'attempt.opened', 'attempt.answered', 'attempt.recorded', 'timeout.committed', 'cancel.recorded',
  'sweep.started', 'sweep.told',
] as const;

/** The name of such a place. */
export type Crossing = (typeof CROSSINGS)[number];

const channels = Object.fromEntries(CROSSINGS.map((name) => [name, channel(`hookline:${name}`)]));

/** Tells whoever listens that the process is at that place now, and goes on. `id`: of the run or delivery. */
export function cross(name: Crossing, id: string): void {
  channels[name]?.publish({ id });
}
