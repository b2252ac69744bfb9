import { t } from '../language';

/** Holds the place of what is being loaded, in about its size. */
export function Waiting({ lines = 3 }: { readonly lines?: number }) {
  return (
    <div class="waiting" role="status" aria-label={t().common.loading}>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} class="waiting-line" />
      ))}
    </div>
  );
}
