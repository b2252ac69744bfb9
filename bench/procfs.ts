import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of the kernel's accounting: USER_HZ, 100 a second on every Linux. */
const TICK_MS = 10;

/** What a process has used since its start. */
export interface Usage {
  /** Milliseconds of CPU, user and system, all threads. */
  readonly cpuMs: number;
  /** Bytes written to storage; NaN where the kernel does not tell us. */
  readonly written: number;
}

/** Fields of /proc/PID/stat from the fourth on, the parent: the second is a name in parentheses that may hold anything. */
function readStat(pid: number): number[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 4).split(' ').map(Number);
  } catch {
    // Gone in the meantime: processes of a database come and go, and their parent keeps their CPU.
    return undefined;
  }
}

function readWritten(pid: number): number {
  try {
    return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
  } catch {
    // Of another user, or gone.
    return Number.NaN;
  }
}

/** What these processes have used so far, together. */
export function readUsage(pids: readonly number[]): Usage {
  let [cpuMs, written] = [0, 0];
  for (const pid of pids) {
    const stat = readStat(pid);
    // utime, stime, and of children that are gone cutime, cstime: fields 14 to 17.
    cpuMs += (stat?.slice(10, 14).reduce((sum, ticks) => sum + ticks, 0) ?? 0) * TICK_MS;
    written += stat ? readWritten(pid) : 0;
  }
  return { cpuMs, written };
}

/** Bytes of memory that these processes hold now, together. */
export function readMemory(pids: readonly number[]): number {
  const kilobytes = pids.map((pid) => {
    try {
      return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    } catch {
      // Gone in the meantime.
      return 0;
    }
  });
  return kilobytes.reduce((sum, value) => sum + value, 0) * 1024;
}

/** A process and its children: those of a database server. */
export function listFamily(parent: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);
  return [parent, ...pids.filter((pid) => readStat(pid)?.[0] === parent)];
}

/** Milliseconds of CPU that the whole machine has spent on anything since its start, all cores together. */
export function readMachineCpu(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (/^cpu\s+(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '').split(' ').map(Number);
  return (user + nice + system + irq + softirq + steal) * TICK_MS;
}
