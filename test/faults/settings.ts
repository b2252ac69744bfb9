/** Everything that the hub under faults is told beyond what every hub of the tests is told: the one place for it. */
const RETRY_DELAYS = ['200ms', '400ms', '800ms', '1s', '1s', '2s', '2s', '2s'];

export const SETTINGS: Readonly<Record<string, string>> = {
  HOOKLINE_RETRY_DELAYS: RETRY_DELAYS.join(','),
  HOOKLINE_SWEEP_INTERVAL: '1s',
  HOOKLINE_CALLBACK_TIMEOUT: '15m',
};

/** Attempts that a delivery has. */
export const MOST_ATTEMPTS = RETRY_DELAYS.length + 1;
/** How late the callback of a brisk webhook may be. */
export const BRISK_TIMEOUT = '2s';
