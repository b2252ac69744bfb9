import { ConfigError, loadConfig, readEnvironment, type Config } from './config.js';
import { createLog, type Logger } from './log.js';

/** Something that runs until it is told to stop. */
export interface Running {
  stop(): Promise<void>;
}

/** What may stand on the command line, and the settings that it stands for. */
export type Flags = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What a process can be: its name in the log, what it starts, and its flags. */
export interface Role {
  readonly name: string;
  start(config: Config, log: Logger): Promise<Running>;
  readonly flags?: Flags;
}

/** A stop that takes longer than this ends the process the hard way, in milliseconds. */
const STOP_DEADLINE = 45_000;

/**
 * Runs the role that the command line names, the first of them where it names none.
 * One that does not exist ends the process with exit code 2 and the list of those that do.
 */
export async function runRole(roles: Readonly<Record<string, Role>>): Promise<void> {
  const [first = '', ...rest] = process.argv.slice(2);
  const names = Object.keys(roles);
  const isNamed = first !== '' && !first.startsWith('-');
  const role = roles[isNamed ? first : (names[0] ?? '')];
  if (!role) {
    console.error(`hookline: there is no role ${first}: write one of ${names.join(', ')}, or none for ${names[0] ?? ''}`);
    process.exit(2);
  }
  await runProcess(role.name, role.start, { flags: role.flags ?? {}, given: isNamed ? rest : process.argv.slice(2) });
}

/** The command line of a process, and what may stand on it. */
interface CommandLine {
  readonly flags: Flags;
  readonly given: readonly string[];
}

/**
 * Runs a process of the hub: reads the configuration, starts, and on SIGINT or SIGTERM stops in order. What keeps it
 * from starting is said in a sentence, without a stack, unless it is a fault of ours.
 */
export async function runProcess(
  name: string,
  start: Role['start'],
  line: CommandLine = { flags: {}, given: process.argv.slice(2) },
): Promise<void> {
  const config = readConfig(line);
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

function readConfig(line: CommandLine): Config {
  try {
    return loadConfig({ ...readEnvironment(), ...readArguments(line) });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}

/** @throws ConfigError for an argument that is no flag */
function readArguments({ flags, given }: CommandLine): Readonly<Record<string, string>> {
  const unknown = given.filter((argument) => !(argument in flags));
  if (unknown.length > 0) throw new ConfigError(unknown.map((argument) => `${argument}: no such argument`));
  return Object.assign({}, ...given.map((argument) => flags[argument])) as Readonly<Record<string, string>>;
}

/** Errors that are meant for the operator carry their sentence; of the rest the stack is worth more. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof TypeError || error instanceof ReferenceError ? (error.stack ?? error.message) : `hookline: ${error.message}`;
}
