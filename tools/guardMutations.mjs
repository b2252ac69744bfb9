// What `npm run check:guard` takes out of the guard, one after the other. `edits`: [text, what stands in its place], each of
// which must be found exactly once in the compiled file. Where the API has to be asked, `isHub` is set.

/** Lets through what the library knows as that range, whatever else would refuse it. */
const pass = (name) => ['const range = address.range();', `if (address.range() === '${name}') return undefined; const range = address.range();`];
const drop = (text) => [text, ''];

const RANGES = [
  ...[
    'loopback', 'private', 'linkLocal', 'carrierGradeNat', 'reserved', 'multicast', 'unspecified', 'broadcast', '6to4', 'teredo', 'benchmarking', 'as112', 'amt', 'orchid2',
    'deprecatedOrchid', 'as112v6', 'droneRemoteIdProtocolEntityTags', 'rfc6052', 'rfc6145', 'uniqueLocal', 'deprecatedSiteLocal', 'discard', 'segmentRouting',
  ].map((name) => ({ rule: `range: ${name}`, edits: [pass(name)] })),
  { rule: 'range: cloud metadata at a public address', edits: [drop("azure: [ipaddr.parseCIDR('168.63.129.16/32')],")] },
  { rule: 'range: IPv4-compatible', edits: [drop("ipv4Compatible: [ipaddr.parseCIDR('::/96')],"), ["ipaddr.parseCIDR('::/3'), ", '']] },
  { rule: 'range: unallocated', edits: [drop("unallocated: [ipaddr.parseCIDR('::/3'), ipaddr.parseCIDR('4000::/2'), ipaddr.parseCIDR('8000::/1')],")] },
  { rule: 'embedded IPv4: ISATAP', edits: [["if (isIsatap(address))", 'if (false)']] },
  { rule: 'embedded IPv4: ISATAP of a global address', edits: [['(flags & ~0x0200) === 0', 'flags === 0']] },
  { rule: 'embedded IPv4: mapped addresses as IPv4', file: 'address.js', edits: [['ipaddr.process(text)', 'ipaddr.parse(text)']] },
].map((one) => ({ file: 'address/ranges.js', ...one }));

const ADDRESS = [
  { rule: 'zone ids', edits: [["text.includes('%')", 'false']] },
  { rule: 'what is no address', edits: [['isIP(text) === 0', 'false']] },
  { rule: 'own addresses', edits: [['isAmong(address, own())', 'false']] },
  { rule: 'only what the operator allows', edits: [['if (entries.some((entry) => covers(entry, address, { host, port })))', 'if (true)']] },
  { rule: 'what the operator allows is open', edits: [['if (entries.some((entry) => covers(entry, address, { host, port })))', 'if (false)']] },
  { rule: 'every answer, not the first', edits: [['addresses.map(({ address })', 'addresses.slice(0, 1).map(({ address })']] },
  { rule: 'every answer, not a good one', edits: [['.find(Boolean);', ".reduce((all, one) => all && one);"]] },
  { rule: 'no answer is no address', edits: [['if (addresses.length === 0)', 'if (false)']] },
  { rule: 'literals are judged', edits: [['const found = addresses.map', 'const found = family !== 0 ? undefined : addresses.map']] },
  { rule: 'names are judged', edits: [['const found = addresses.map', 'const found = family === 0 ? undefined : addresses.map']] },
  { rule: 'brackets and dots before a host is judged', edits: [['const name = normalizeHost(host);', 'const name = host;']] },
  { rule: 'the saving asks for addresses', edits: [['await resolveAllowed(url.hostname, getPort(url));', '']] },
  { rule: 'the saving refuses what is forbidden', edits: [['if (!(error instanceof HostNotFoundError || error instanceof HostLookupError))', 'if (false)']] },
  { rule: 'the saving knows forms', edits: [['const url = parseHookUrl(text);', 'const url = new URL(text);']] },
].map((one) => ({ file: 'address.js', ...one }));

const URLS = [
  { rule: 'scheme', edits: [['!/^https?:$/.test(protocol)', 'false']] },
  { rule: 'scheme: the whole of it', edits: [['/^https?:$/', '/^https?/']] },
  { rule: 'userinfo', edits: [["`${url.username}${url.password}` !== ''", 'false']] },
  { rule: 'userinfo: a password alone', edits: [['${url.username}${url.password}', '${url.username}']] },
  { rule: 'ports of other protocols', edits: [['isBadPort(getPort(url))', 'false']] },
  { rule: 'a host there is', edits: [["normalizeHost(hostname) === ''", 'false']] },
  { rule: 'dots behind a literal', edits: [["replace(/\\.+$/, '')", "replace(/\\.$/, '')"]] },
].map((one) => ({ file: 'address/url.js', ...one }));

const ALLOWED = [
  { rule: 'allowed: the port', edits: [['if (port !== undefined && port !== target.port)', 'if (false)']] },
  { rule: 'allowed: the whole name', edits: [['host === target.host', 'target.host.endsWith(host)']] },
  { rule: 'allowed: the family', edits: [['address.kind() === network[0].kind() && address.match(network[0], network[1])', 'address.kind() !== network[0].kind() || address.match(network[0], network[1])']] },
  { rule: 'allowed: the network', edits: [['address.match(network[0], network[1])', 'address.match(network[0], 8)']] },
].map((one) => ({ file: 'address/allowList.js', ...one }));

const RECEIVERS = [
  { rule: 'own receivers: the origin', file: 'address/receiver.js', edits: [['url.origin !== own.origin || ', '']] },
  { rule: 'own receivers: nothing beside the address', file: 'address/receiver.js', edits: [['`${url.username}${url.password}${url.search}${url.hash}` !== \'\'', 'false']] },
  { rule: 'own receivers: no userinfo', file: 'address/receiver.js', edits: [['${url.username}${url.password}', '']] },
  { rule: 'own receivers: the path from its beginning', file: 'address/receiver.js', edits: [['new RegExp(`^', 'new RegExp(`']] },
  { rule: 'own receivers: the path to its end', file: 'address/receiver.js', edits: [['(${TOKEN})$`', '(${TOKEN})`']] },
  { rule: 'own receivers: a token', file: 'address/receiver.js', edits: [["'[A-Za-z0-9_-]{43}'", "'.*'"]] },
  { rule: 'own receivers: the public path as it is', file: 'address/receiver.js', edits: [["return text.replace(/[.*+?^${}()|[\\]\\\\]/g, '\\\\$&');", 'return text;']] },
  { rule: 'own receivers: none without a public URL', file: 'address/receiver.js', edits: [['if (publicUrl === undefined)\n        return () => undefined;\n    const own = new URL(publicUrl);', "const own = new URL(publicUrl ?? 'http://127.0.0.1:7080');"]] },
  { rule: 'own receivers: to the hub alone', file: 'activities/post.js', edits: [['origin: hub, path', 'origin: new URL(url).origin, path']] },
  { rule: 'own receivers: to their path alone', file: 'activities/post.js', edits: [['path: `/receive/${token}`', 'path: new URL(url).pathname']] },
];

const CONNECTIONS = [
  { rule: 'each connection is checked', file: 'activities/connector.js', edits: [['await guard.resolveAllowed(options.hostname, getPort(options))', '[{ address: options.hostname }]']] },
  { rule: 'the checked address, not the name again', file: 'activities/connector.js', edits: [['{ ...target, hostname: address }', 'target']] },
  { rule: 'the socket is judged again', file: 'activities/connector.js', edits: [['if (remoteAddress !== undefined && !reason)', 'if (true)']] },
  { rule: 'the guard’s own connector', file: 'activities/post.js', edits: [['connect: createConnector(guard, deadline),', '']] },
  { rule: 'the URL as it is called', file: 'activities/post.js', edits: [['guard.parseHookUrl(url)', 'new URL(url)']] },
  { rule: 'no redirects', file: 'activities/post.js', edits: [["import { Agent } from 'undici';", "import { Agent, interceptors } from 'undici';"], ['const agent = createAgent(guard, ms);', 'const agent = createAgent(guard, ms).compose(interceptors.redirect({ maxRedirections: 3 }));']] },
  { rule: 'no proxy of the environment', file: 'activities/post.js', edits: [["import { Agent } from 'undici';", "import { EnvHttpProxyAgent as Agent } from 'undici';"], ['connect: createConnector(guard, deadline),', '']] },
  { rule: 'the host is the URL’s', file: 'activities/post.js', edits: [[".filter(([name]) => name !== 'host')", '']] },
];

const DOORS = [
  { rule: 'saving: chains and their changes', file: 'api/webhooks.js', edits: [['await guard.checkUrl(input.hook_url);', '']] },
  { rule: 'saving: faults of a chain count', file: 'api/webhooks.js', edits: [['if (Object.keys(all).length > 0)', 'if (false)']] },
  { rule: 'saving: faults of a hook count', file: 'api/webhooks.js', edits: [['if (Object.keys(faults).length > 0)', 'if (false)']] },
  { rule: 'questions to a registry stay with it', file: 'registry/client.js', edits: [["redirect: mayMove ? 'follow' : 'error'", "redirect: 'follow'"]] },
].map((one) => ({ ...one, isHub: true }));

export const MUTATIONS = [...RANGES, ...ADDRESS, ...URLS, ...ALLOWED, ...RECEIVERS, ...CONNECTIONS, ...DOORS];
