/**
 * The URL of a text that is an absolute http or https URL, or undefined. Blanks around it, and tabs and line breaks in
 * it, would be dropped by the parser and kept in the text: whoever reads it next may see another address.
 */
export function parseHttpUrl(text: string): URL | undefined {
  if (/[\s\u0000-\u001f]/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}
