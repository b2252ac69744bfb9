import { BASE_STYLE } from '../style.js';

/** The one style sheet of the page of the API. */
export const DOCS_STYLE = `${BASE_STYLE}:root {
  --get: #0b57c4; --post: #17703a; --patch: #8a5200; --delete: #b3261e; --badge: #fff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --get: #8ab8ff; --post: #7fd8a0; --patch: #f0bd6c; --delete: #ff9d94; --badge: #12151b;
  }
}
.skip { position: absolute; left: 1rem; top: -4rem; padding: .5rem 1rem; background: var(--ground); z-index: 1; }
.skip:focus { top: 1rem; }
h1 { margin: 0 0 .5rem; font-size: 2rem; }
h1 small { margin-left: .35rem; font-size: 1rem; font-weight: 400; color: var(--soft); }
h2 { margin: 3.5rem 0 1rem; padding-bottom: .35rem; border-bottom: 2px solid var(--line); font-size: 1.5rem; }
h2::first-letter { text-transform: uppercase; }
h3 { margin: 0 0 .35rem; font-size: 1.2rem; }
#introduction h3 { margin-top: 1.6rem; }
h4 { margin: 1.4rem 0 .4rem; font-size: 1rem; }
h3 a, h2 a { color: inherit; text-decoration: none; }
h3 a:hover, h2 a:hover { text-decoration: underline; }
p { margin: .5rem 0; max-width: 72ch; }
.limits code { padding: .1em .3em; border-radius: 4px; background: var(--raised); }
nav { padding: 1.5rem 1rem 0; font-size: .9rem; }
nav ul { margin: 0; padding: 0; list-style: none; }
nav a { color: inherit; text-decoration: none; }
nav a:hover { text-decoration: underline; }
nav > ul { display: flex; flex-wrap: wrap; gap: .5rem; }
nav > ul > li > a { display: block; padding: .3rem .75rem; border: 1px solid var(--line); border-radius: 99px; }
nav > ul > li > a::first-letter { text-transform: uppercase; }
nav ul ul { display: none; }
main { padding: 1.5rem 1rem 4rem; min-width: 0; max-width: 62rem; }
article { margin: 0 0 1.5rem; padding: 1.1rem 1.25rem; border: 1px solid var(--line); border-radius: 10px; }
article:target { border-color: var(--link); box-shadow: 0 0 0 1px var(--link); }
.path { display: flex; gap: .6rem; align-items: baseline; max-width: none; }
.path code { padding: 0; background: none; font-size: .95rem; font-weight: 600; }
.method {
  flex: none; padding: .1rem .5rem; border-radius: 4px;
  background: var(--soft); color: var(--badge); font-size: .75rem; font-weight: 700; letter-spacing: .04em;
}
.get { background: var(--get); } .post { background: var(--post); } .patch, .put { background: var(--patch); }
.delete { background: var(--delete); }
.limits, .note, .may, small { color: var(--soft); }
.limits, .note, .may { font-size: .9rem; }
table { width: 100%; border-collapse: collapse; font-size: .93rem; }
th, td {
  padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--line);
  text-align: left; vertical-align: top; font-weight: 400;
}
thead th { border-top: 0; padding-block: .2rem; color: var(--soft); font-size: .8rem; }
tbody th { width: 30%; }
tbody td:nth-of-type(1) { width: 18%; }
th code { font-weight: 600; }
th small { display: block; }
td p { margin: 0 0 .15rem; }
details { margin-top: .9rem; }
summary { padding: .15rem 0; cursor: pointer; font-weight: 600; }
details > :not(summary) { margin-left: 1.1rem; }
details > table { width: calc(100% - 1.1rem); }
dl { margin: .3rem 0; display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1rem; }
dt { font-weight: 600; font-variant-numeric: tabular-nums; }
dd { margin: 0; min-width: 0; }
dd > table { margin-top: .5rem; }
dd > details { margin-top: .1rem; }
ul.errors { margin: .3rem 0; padding-left: 1.1rem; }
@media (min-width: 64rem) {
  body { display: grid; grid-template-columns: 18.5rem minmax(0, 1fr); }
  nav {
    position: sticky; top: 0; height: 100vh; padding: 1.5rem 1rem 2rem 1.5rem; overflow-y: auto;
    border-right: 1px solid var(--line); background: var(--raised);
  }
  nav > ul { display: block; }
  nav > ul > li { margin-bottom: 1rem; }
  nav > ul > li > a { padding: 0; border: 0; font-weight: 700; }
  nav ul ul { display: block; }
  nav ul ul a { display: block; padding: .16rem 0; line-height: 1.35; }
  main { padding: 2rem 2.5rem 6rem; }
}
@media (max-width: 40rem) {
  h1 { font-size: 1.6rem; }
  article { padding: .9rem .9rem; }
  table, tbody, tr, tbody th, tbody td { display: block; }
  tbody th, tbody td:nth-of-type(n) { width: auto; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { padding: .55rem 0; border-top: 1px solid var(--line); }
  tbody th, tbody td { padding: 0 0 .1rem; border: 0; }
  th small { display: inline; margin-left: .35rem; }
  details > :not(summary) { margin-left: 0; }
  details > table { width: 100%; }
}
@media print { nav, .skip { display: none; } article { break-inside: avoid-page; } }
`;
