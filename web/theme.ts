import { effect, signal } from '@preact/signals';

/** As the system has it, or chosen here. */
export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEPT = 'hookline-theme';

function isTheme(value: string | null): value is Theme {
  return THEMES.some((theme) => theme === value);
}

const kept = localStorage.getItem(KEPT);
export const theme = signal<Theme>(isTheme(kept) ? kept : 'auto');

/** Keeps the choice for the next visit. */
export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  localStorage.setItem(KEPT, chosen);
}

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});
