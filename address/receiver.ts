/** 256 random bits, as a receiver of the hub has them in its address. */
const TOKEN = '[A-Za-z0-9_-]{43}';

/** Finds the token of a receiver that the hub has built in; undefined for every URL that is not exactly one's address. */
export type ReceiverRule = (text: string) => string | undefined;

/**
 * The addresses of the hub's own receivers: its public URL, `/receive/`, a token, and nothing before, between or behind.
 * A call to one goes to where the hub itself listens, and of the URL the token alone goes along: who writes a webhook
 * chooses neither host, port nor path. Without a public URL there are none.
 */
export function createReceiverRule(publicUrl: string | undefined): ReceiverRule {
  if (publicUrl === undefined) return () => undefined;
  const own = new URL(publicUrl);
  const path = new RegExp(`^${escape(own.pathname.replace(/\/+$/, ''))}/receive/(${TOKEN})$`);
  return (text) => {
    if (!URL.canParse(text)) return undefined;
    const url = new URL(text);
    if (url.origin !== own.origin || `${url.username}${url.password}${url.search}${url.hash}` !== '') return undefined;
    return path.exec(url.pathname)?.[1];
  };
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
