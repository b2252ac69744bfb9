/**
 * A program that the hub works with cannot be had: no binary, a busy port, a server that does not answer. Its message
 * is a sentence for the person at the terminal with what to do next, so print it alone, without the stack.
 */
export class ProgramUnavailableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProgramUnavailableError';
  }
}
