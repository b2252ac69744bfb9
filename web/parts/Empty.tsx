import type { ComponentChildren } from 'preact';

interface EmptyProps {
  readonly title: string;
  readonly children?: ComponentChildren;
}

/** Where a list has nothing in it: what that means, and what to do. */
export function Empty({ title, children }: EmptyProps) {
  return (
    <div class="empty">
      <svg class="empty-art" viewBox="0 0 96 24" aria-hidden="true" focusable="false">
        <path d="M18 12h20M58 12h20" />
        <circle cx="10" cy="12" r="7" />
        <circle cx="48" cy="12" r="9" />
        <circle cx="86" cy="12" r="7" />
      </svg>
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <div class="empty-more">{children}</div>}
    </div>
  );
}
