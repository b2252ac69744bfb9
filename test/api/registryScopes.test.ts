import test from 'ava';
import { parseScopes } from '../../api/registryScopes.js';

/** What clients send, and what it asks for: `type name actions`. */
const SCOPES: readonly [what: string, texts: readonly string[], asked: readonly string[]][] = [
  ['nothing', [], []],
  ['empty text', [''], []],
  ['docker push', ['repository:alice/app:push,pull'], ['repository alice/app push,pull']],
  ['a repeated parameter', ['repository:alice/app:pull,push', 'repository:bob/base:pull'], ['repository alice/app pull,push', 'repository bob/base pull']],
  ['a list separated by spaces', ['repository:alice/app:pull,push repository:bob/base:pull'], ['repository alice/app pull,push', 'repository bob/base pull']],
  ['both, with room to spare', ['  repository:a/b:pull   repository:c/d:pull ', 'repository:e/f:push'], ['repository a/b pull', 'repository c/d pull', 'repository e/f push']],
  ['the same repository twice', ['repository:bob/app:pull repository:bob/app:pull,push'], ['repository bob/app pull,push']],
  ['the same repository in two parameters', ['repository:bob/app:*', 'repository:bob/app:delete'], ['repository bob/app *,delete']],
  ['an official name', ['repository:nginx:pull'], ['repository nginx pull']],
  ['a port in the name', ['repository:localhost:5000/alice/app:pull'], ['repository localhost:5000/alice/app pull']],
  ['a class', ['repository(plugin):alice/app:pull'], ['repository alice/app pull']],
  ['a class and none', ['repository(plugin):a/b:pull', 'repository:a/b:push'], ['repository a/b pull,push']],
  ['the catalog', ['registry:catalog:*'], ['registry catalog *']],
  ['no action', ['repository:alice/app:'], ['repository alice/app ']],
  ['empty actions among others', ['repository:a/b:,pull,,push,'], ['repository a/b pull,push']],
  ['no name', ['repository::pull', 'repository:pull'], []],
  ['no type', [':alice/app:pull'], []],
  ['a broken class', ['repository(plugin:a/b:pull', 'repository)plugin(:a/b:pull', '(plugin):a/b:pull'], []],
  ['a bare word', ['pull'], []],
  ['other separators', ['repository:a/b:pull\trepository:c/d:pull\nrepository:e/f:pull'], ['repository a/b pull', 'repository c/d pull', 'repository e/f pull']],
  ['names of an object’s own', ['__proto__:constructor:pull', 'constructor:__proto__:pull'], ['__proto__ constructor pull', 'constructor __proto__ pull']],
];

for (const [what, texts, asked] of SCOPES) {
  test(`scopes: ${what}`, (t) => {
    t.deepEqual(parseScopes(texts).map(({ type, name, actions }) => `${type} ${name} ${[...actions].join(',')}`), asked);
  });
}

test('scopes: a long text takes no time', (t) => {
  const began = performance.now();
  for (const text of [':'.repeat(60_000), `repository:${'a:'.repeat(30_000)}`, `repository(${'('.repeat(60_000)}`, 'a'.repeat(60_000)]) parseScopes([text]);
  t.true(performance.now() - began < 1000);
});
