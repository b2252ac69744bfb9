import { language } from './language';

const STEPS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, seconds: number])[] = [
  ['year', 31_557_600], ['month', 2_629_800], ['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1],
];

/** The locale of dates and numbers. */
function getLocale(): string {
  return language.value === 'zh' ? 'zh-CN' : 'en-GB';
}

/** How long ago, or in how long, in the largest fitting unit: `3 minutes ago`. */
export function formatRelative(moment: string, now: number): string {
  const seconds = (Date.parse(moment) - now) / 1000;
  const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? (['second', 1] as const);
  const format = new Intl.RelativeTimeFormat(getLocale(), { numeric: 'auto' });
  return format.format(Math.abs(seconds) < 1 ? 0 : Math.trunc(seconds / size), unit);
}

/** Date and time to the second, in the visitor's time zone. */
export function formatExact(moment: string): string {
  return new Intl.DateTimeFormat(getLocale(), { dateStyle: 'medium', timeStyle: 'long' }).format(new Date(moment));
}

/** Two units of a duration, from this many milliseconds on: the larger, the smaller, their names. */
const UNITS = [[86_400_000, 3_600_000, 'd', 'h'], [3_600_000, 60_000, 'h', 'min'], [60_000, 1000, 'min', 's']] as const;

/** `240 ms`, `3.2 s`, `4 min 5 s`, `1 h 20 min`. */
export function formatDuration(milliseconds: number): string {
  const ms = Math.max(0, Math.round(milliseconds));
  if (ms < 1000) return `${ms} ms`;
  const units = UNITS.find(([large]) => ms >= large);
  if (!units) return `${trim(ms / 1000)} s`;
  const [large, small, name, below] = units;
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${name}${rest > 0 ? ` ${rest} ${below}` : ''}`;
}

function trim(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0).replace(/\.0$/, '');
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes as people write them; a dash where the size is not known. */
export function formatSize(bytes: number): string {
  if (bytes <= 0) return '–';
  const step = Math.min(SIZES.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${trim(bytes / 1000 ** step)} ${SIZES[step] ?? 'B'}`;
}

/** A count, shortened from ten thousand on. */
export function formatCount(count: number): string {
  return new Intl.NumberFormat(getLocale(), { notation: count >= 10_000 ? 'compact' : 'standard' }).format(count);
}

/** The first twelve digits of a digest. */
export function shortenDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}
