import { at, login, request } from './client.js';

const ROUNDS = 3;
const LOGINS = 50;
const PUSHES = 150;
const WARM_UP = 30;

/** Milliseconds of one push, one after the other, until `isDone`. */
async function measure(push: () => Promise<unknown>, isDone: (count: number) => boolean): Promise<number[]> {
  const times: number[] = [];
  while (!isDone(times.length)) {
    const started = performance.now();
    await push();
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

function format(times: readonly number[]): string {
  return [at(times, 0.5), at(times, 0.95)].map((value) => value.toFixed(1).padStart(10)).join('');
}

/** Pushes alone, then pushes while fifty log in, several times over: machines are noisy, a ratio within a run less so. */
async function bench(): Promise<void> {
  const token = await login();
  await request('/v2/repositories/', { token, body: { namespace: 'admin', name: `bench-${Date.now().toString(36)}` } });
  const { results } = await request<{ results: { name: string }[] }>('/v2/repositories/admin/?ordering=-name&page_size=1', { token });
  const push = (): Promise<unknown> => request(`/v2/repositories/admin/${results[0]?.name}/pushes/`, { token, body: {} });
  await measure(push, (count) => count === WARM_UP);
  console.log(`${''.padEnd(34)}${['p50 ms', 'p95'].map((word) => word.padStart(10)).join('')}`);
  for (let round = 0; round < ROUNDS; round += 1) {
    const alone = await measure(push, (count) => count === PUSHES);
    const started = performance.now();
    let open = LOGINS;
    const logins = Promise.all(Array.from({ length: LOGINS }, () => login().then(() => (open -= 1))));
    const during = await measure(push, () => open === 0);
    await logins;
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`${'a push'.padEnd(34)}${format(alone)}`);
    console.log(`${`a push during ${LOGINS} logins (${seconds} s)`.padEnd(34)}${format(during)}`);
    console.log(`${'  ratio'.padEnd(34)}${(at(during, 0.5) / at(alone, 0.5)).toFixed(2).padStart(10)}`);
  }
}

await bench();
