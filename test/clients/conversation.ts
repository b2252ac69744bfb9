import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program that is asked by lines of JSON and answers each with one. */
export interface Conversation {
  /** @throws Error with what the program said where it has ended. */
  ask(question: unknown): Promise<unknown>;
  end(): Promise<void>;
}

/** Starts it; `env` is all of its environment but PATH. */
export function converse(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Conversation {
  const child = spawn(command, args, { env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: 'pipe' });
  const ended = once(child, 'close');
  ended.catch(() => undefined); // A program that does not start ends its output too.
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => { errors += chunk; });
  child.stdin.on('error', () => undefined);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { done, value } = (await answers.next()) as IteratorResult<string, undefined>;
      if (done) throw new Error(`${command} ended instead of answering: ${errors}`);
      return JSON.parse(value) as unknown;
    },
    async end() {
      child.stdin.end();
      await ended;
    },
  };
}
