/** Reads each key in turn, collecting faults instead of stopping at the first. */
export class Reader {
  readonly faults: string[] = [];
  constructor(private readonly env: Readonly<Record<string, string | undefined>>) {}

  /** The parsed value, or the parsed default; a fault is kept and the default returned. */
  read<T>(name: string, fallback: string, parse: (text: string) => T): T {
    return this.optional(name, parse) ?? parse(fallback);
  }

  optional<T>(name: string, parse: (text: string) => T): T | undefined {
    const text = this.env[name]?.trim();
    if (!text) return undefined;
    try {
      return parse(text);
    } catch (error) {
      // The value itself stays out of the message: it may be a secret.
      this.faults.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }
}

/** All faults of a configuration, one line each, so that they can be mended in one go. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The configuration has ${faults.length} fault(s):\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}
