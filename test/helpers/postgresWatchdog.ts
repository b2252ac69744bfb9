import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Waits for the end of its input, then ends the server of that home, if it is one, and removes the home. */
const WATCHDOG = `
read -r _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
named() { { cat "/proc/$pid/cmdline" 2>/dev/null || ps -o args= -p "$pid"; } | grep -qaF "$1"; }
if [ -n "$pid" ] && named "$1"; then
  kill -QUIT "$pid"
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kill -0 "$pid" 2>/dev/null && sleep 0.1; done
fi
rm -rf "$1"
`;

/** A process that outlives this one by the moment it takes to clean up; answers what makes it do so now. */
export function watch(home: string): () => Promise<void> {
  const dog = spawn('sh', ['-c', WATCHDOG, 'watchdog', home], { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  dog.unref();
  (dog.stdin as unknown as { unref(): void }).unref();
  return async () => {
    dog.ref();
    const ended = once(dog, 'exit');
    dog.stdin.end();
    await ended;
  };
}
