import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A client that has not ended by then hangs: milliseconds. */
const TIMEOUT_MS = 60_000;

/** How a program ended, and what it wrote. */
export interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

export interface ProgramOptions {
  /** All of its environment but PATH: nothing of the developer's own settings reaches a client. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Writes the input only after the program has said this. */
  readonly prompt?: string;
  readonly cwd?: string;
  /** Milliseconds after which it hangs, where a minute is not enough. */
  readonly timeoutMs?: number;
}

/**
 * Runs a program to its end.
 * @throws Error where it is not installed.
 */
export async function runProgram(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<Outcome> {
  const { env = {}, input = '', prompt, cwd, timeoutMs = TIMEOUT_MS } = options;
  const child = spawn(command, args, { cwd, env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: 'pipe', timeout: timeoutMs });
  const said = { output: '', errors: '' };
  const feed = () => void child.stdin.end(input);
  child.stdin.on('error', () => undefined); // It may end without reading what it was given.
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said.output += chunk;
    if (prompt !== undefined && said.output.includes(prompt)) feed();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => { said.errors += chunk; });
  if (prompt === undefined) feed();
  const [code] = (await once(child, 'close').catch((error: unknown) => {
    throw new Error(`${command} does not start: ${String(error)}`, { cause: error });
  })) as [number | null];
  return { code, ...said };
}

/**
 * What a program wrote.
 * @throws Error with what it said where it failed.
 */
export async function readOutput(command: string, args: readonly string[], options?: ProgramOptions): Promise<string> {
  const { code, output, errors } = await runProgram(command, args, options);
  if (code === 0) return output;
  throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${errors}${output}`);
}
