/** What the style sheets of all pages begin with. It loads nothing: system fonts, no images. */
export const BASE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fff; --raised: #f5f6f8; --line: #d9dde3; --text: #1c2230; --soft: #545d6e; --link: #0b57c4;
}
@media (prefers-color-scheme: dark) {
  :root { --ground: #12151b; --raised: #1b2029; --line: #343c49; --text: #e4e8ef; --soft: #a3adbd; --link: #8ab8ff; }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
}
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; }
code, pre {
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace; font-size: .875em;
}
pre code { font-size: 1em; }
code { overflow-wrap: anywhere; }
p code, li code { padding: .1em .3em; border-radius: 4px; background: var(--raised); }
pre {
  margin: .75rem 0; padding: .85rem 1rem; overflow-x: auto;
  border: 1px solid var(--line); border-radius: 8px; background: var(--raised);
}
`;
