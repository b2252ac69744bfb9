import { signal } from '@preact/signals';
import { formatExact, formatRelative } from '../format';

/** One clock for the whole page: relative times grow old while one looks. */
export const now = signal(Date.now());
setInterval(() => (now.value = Date.now()), 5000);

/** A moment as `3 minutes ago`; the exact one on hover and for screen readers. */
export function Time({ at }: { readonly at: string | null }) {
  if (at === null) return <span class="soft">–</span>;
  // A moment just told is never in the future because the clock here ticks slowly.
  const shown = Math.max(now.value, Math.min(Date.parse(at), Date.now()));
  return (
    <time dateTime={at} title={formatExact(at)}>
      {formatRelative(at, shown)}
    </time>
  );
}
