import { ConfigError, loadConfig, readEnvironment, type Config } from './config.js';
import { createLog, type Logger } from './log.js';

/** Something that runs until it is told to stop. */
export interface Running {
  stop(): Promise<void>;
}

/** What may stand on the command line, and the settings that it stands for. */
export type Flags = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A stop that takes longer than this ends the process the hard way, in milliseconds. */
const STOP_DEADLINE = 45_000;

/**
 * Runs a process of the hub: reads the configuration, starts, and on SIGINT or SIGTERM stops in order. What keeps it
 * from starting is said in a sentence, without a stack, unless it is a fault of ours.
 */
export async function runProcess(name: string, start: (config: Config, log: Logger) => Promise<Running>, flags: Flags = {}): Promise<void> {
  const config = readConfig(flags);
  const log = createLog(config.logLevel, name);
  const stopped = new Promise<void>((resolve) => {
    const end = (): void => {
      // From the signal on, whatever the process is doing.
      setTimeout(() => giveUp(log), config.stopDelay + STOP_DEADLINE).unref();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
    // Once is enough: those that follow must not end the process in the middle of its stop.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  });
  try {
    const running = await start(config, log);
    await stopped;
    log.info('stopping');
    await running.stop();
    log.info('stopped');
    process.exit(0);
  } catch (error) {
    console.error(describeFailure(error));
    process.exit(1);
  }
}

function giveUp(log: Logger): void {
  log.error('the stop takes too long and is cut short: nothing accepted is lost');
  process.exit(1);
}

function readConfig(flags: Flags): Config {
  try {
    return loadConfig({ ...readEnvironment(), ...readArguments(flags) });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}

/** @throws ConfigError for an argument that is no flag */
function readArguments(flags: Flags): Readonly<Record<string, string>> {
  const given = process.argv.slice(2);
  const unknown = given.filter((argument) => !(argument in flags));
  if (unknown.length > 0) throw new ConfigError(unknown.map((argument) => `${argument}: no such argument`));
  return Object.assign({}, ...given.map((argument) => flags[argument])) as Readonly<Record<string, string>>;
}

/** Errors that are meant for the operator carry their sentence; of the rest the stack is worth more. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof TypeError || error instanceof ReferenceError ? (error.stack ?? error.message) : `hookline: ${error.message}`;
}
