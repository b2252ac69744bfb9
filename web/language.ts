import { computed, effect, signal } from '@preact/signals';
import { en, type Text } from './text/en';
import { zh } from './text/zh';

/** The languages of the interface, by their own names. */
export const LANGUAGES = { en: { name: 'English', text: en }, zh: { name: '中文', text: zh } } as const satisfies Record<string, { name: string; text: Text }>;

export type Language = keyof typeof LANGUAGES;

const KEPT = 'hookline-language';

function isLanguage(value: string | null): value is Language {
  return value !== null && value in LANGUAGES;
}

function findFirst(): Language {
  const kept = localStorage.getItem(KEPT);
  if (isLanguage(kept)) return kept;
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage);
  return wanted ?? 'en';
}

/** The language that is spoken now; setting it changes every word on the screen. */
export const language = signal<Language>(findFirst());

const text = computed<Text>(() => LANGUAGES[language.value].text);

/** All words of the interface in the present language. A component that reads them follows the language. */
export function t(): Text {
  return text.value;
}

/** Keeps the choice, and tells the browser what is spoken. */
export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  localStorage.setItem(KEPT, chosen);
}

effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-Hans' : language.value;
});
