/** What a client asks for on one thing. */
export interface ScopeRequest {
  readonly type: string;
  readonly name: string;
  /** As they were asked for; `*` is everything that the caller holds. */
  readonly actions: ReadonlySet<string>;
}

/**
 * Reads scopes as registries' clients send them: in parameters that repeat, in lists separated by spaces, the same thing
 * more than once. A scope is `type:name:action,action`; the type may carry a class in brackets, which means nothing
 * here, and the name may hold a host with its port. What is no scope asks for nothing.
 */
export function parseScopes(texts: readonly string[]): ScopeRequest[] {
  const requests = new Map<string, { type: string; name: string; actions: Set<string> }>();
  for (const text of texts.flatMap((text) => text.split(/\s+/))) {
    const [, type, name, actions] = /^([^:()]+)(?:\([^:()]*\))?:([^\s]+):([^:]*)$/.exec(text) ?? [];
    if (type === undefined || name === undefined || actions === undefined) continue;
    const key = `${type}:${name}`;
    const request = requests.get(key) ?? { type, name, actions: new Set<string>() };
    requests.set(key, request);
    for (const action of actions.split(',').filter(Boolean)) request.actions.add(action);
  }
  return [...requests.values()];
}
