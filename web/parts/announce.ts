import { signal } from '@preact/signals';

/** What was just said: shown for a while, and read out by screen readers. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly isFailure: boolean;
}

const SHOWN_MS = 6000;
export const notices = signal<readonly Notice[]>([]);
let last = 0;

/** Says what came of something that has no place of its own on the page. */
export function announce(text: string, { isFailure = false } = {}): void {
  const id = ++last;
  notices.value = [...notices.value.slice(-2), { id, text, isFailure }];
  window.setTimeout(() => dismiss(id), SHOWN_MS);
}

/** Takes a notice away. */
export function dismiss(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}
