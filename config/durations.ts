const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** How a duration is written, in the environment and in the API: `500ms`, `30s`, `5m`, `1h`, `7d`. */
export const DURATION_PATTERN = '^[0-9]{1,9}(ms|s|m|h|d)$';

/** Milliseconds of a duration such as `30s`; throws an Error that shows the accepted form. */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^([0-9]{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) throw new Error('write a duration such as 30s, 5m, 1h');
  return Number(amount) * (UNITS[unit] ?? 1);
}

/** The shortest exact spelling of a duration in milliseconds: 3600000 -> `1h`. */
export function formatDuration(ms: number): string {
  const [unit, size] = Object.entries(UNITS).reverse().find(([, size]) => ms > 0 && ms % size === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}
