/** Loaded into a hub by `--import`, under `--expose-gc`: collects its garbage at each SIGUSR2, so that what it holds can be measured. */
process.on('SIGUSR2', () => globalThis.gc?.());
