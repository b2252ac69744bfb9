import { Registry } from 'prom-client';

/** Of this process; prom-client's own default one is left to libraries. */
export const registry = new Registry();
