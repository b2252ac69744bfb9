export const STATUSES = [301, 302, 303, 307, 308] as const;

/** Where a receiver may try to send us on: `PORT` is that of the listener inside, `SELF` the receiver's own origin. */
export const TARGETS = [
  'http://127.0.0.1:PORT/', 'https://127.0.0.1:PORT/', 'http://localhost:PORT/', 'http://[::1]:PORT/', 'http://2130706433:PORT/', '//127.0.0.1:PORT/', 'http://169.254.169.254/latest/meta-data/',
  'file:///etc/passwd', 'gopher://127.0.0.1:PORT/_x', '/again', 'SELF/again', 'SELF/hook', 'http://inside0.test:PORT/', '',
] as const;

/** Answers that are no redirects and name another place all the same. */
export const HINTS: readonly Readonly<Record<string, string>>[] = [
  { refresh: '0; url=http://127.0.0.1:PORT/' }, { 'alt-svc': 'h2="127.0.0.1:PORT"; ma=3600' }, { link: '<http://127.0.0.1:PORT/>; rel=preload' },
  { 'content-location': 'http://127.0.0.1:PORT/' }, { location: 'http://127.0.0.1:PORT/' },
];
