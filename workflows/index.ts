/** Every workflow that workers run. */
export { chain } from './chain.js';
