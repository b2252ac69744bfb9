/** The environment of a child: ours without what `unwanted` names, and with `extra`. */
export function inheritEnvironment(unwanted: RegExp, extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !unwanted.test(key))), ...extra };
}
