/**
 * The workflows as the version before this one ran them, letter by letter: during an upgrade workers of both serve the
 * same chains. Replaced, at a release, by what workflows/ held at the release before.
 */
export { chain } from './chain.js';
