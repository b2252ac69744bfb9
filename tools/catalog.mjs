// Fills an empty database with a catalogue to search in: names, descriptions and stars as uneven as people make them.
import { randomUUID } from 'node:crypto';

const CHUNK = 500;
const USERS = 5000;
const SYLLABLES = 'ba be bo ca ce co da de di do fa fi go ka ki lo lu ma me mi mo na ne no pa pe po ra re ri ro sa se si so ta te ti to va ve vi xa ze zo'.split(' ');
/** Most used first. */
const PRODUCTS = (
  'nginx redis postgres python node ubuntu alpine mysql mongo httpd golang java php wordpress jenkins grafana prometheus '
  + 'elasticsearch kibana logstash rabbitmq kafka zookeeper consul vault traefik haproxy mariadb memcached cassandra '
  + 'influxdb telegraf gitlab gitea registry drone sonarqube nexus minio etcd flannel calico envoy istio jaeger zipkin '
  + 'airflow spark hadoop hive presto superset jupyter tensorflow pytorch ghost drupal joomla magento nextcloud keycloak '
  + 'openldap postfix dovecot bind squid varnish tomcat jetty maven gradle ruby rails rust erlang elixir haskell swift'
).split(' ');
const NOUNS = 'server proxy app api exporter base builder client dashboard worker agent cli backup sync gateway demo test ci runner operator'.split(' ');
const PHRASES = [
  'Docker image for', 'Docker container with', 'A small docker image of', 'Dockerized', 'Official image of', 'Minimal build of',
  'Development environment for', 'Production ready', 'Automated docker build of', 'docker-compose setup for',
];

/** Numbers in [0, 1), the same ones in every run (mulberry32), so that two runs measure the same catalogue. */
function createRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Writes `size` repositories of 5000 users through `db`, a migrated database of the product's own connection.
 * About half of the descriptions say docker, one repository in twenty is private, a few are official.
 */
export async function fillCatalog(db, size) {
  const random = createRandom(42);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const pickOften = (list) => list[Math.floor(random() ** 3 * list.length)];
  const invent = () => Array.from({ length: 2 + Math.floor(random() * 3) }, () => pick(SYLLABLES)).join('');
  const users = Array.from({ length: USERS }, (_, index) => `${invent()}${index}`);
  const created = new Date().toISOString();
  await db.transaction(async (trx) => {
    const rows = users.map((username) => ({ id: `usr_${randomUUID()}`, username, email: `${username}@example.com`, password_hash: '', is_admin: false, created }));
    await trx.batchInsert('users', rows, CHUNK);
    await trx.batchInsert('namespaces', rows.map(({ id, username }) => ({ name: username, user_id: id })), CHUNK);
  });
  const officials = new Set(PRODUCTS);
  const describe = (index) => {
    const product = random() < 0.7 ? pickOften(PRODUCTS) : invent();
    const is_official = officials.delete(product);
    const name = is_official ? product : `${pick([product, `${product}-${pick(NOUNS)}`, `${invent()}_${product}`, `${product}-${invent()}`])}${index}`;
    const description = random() < 0.15 ? '' : `${pick(PHRASES)} ${product} ${pick(NOUNS)}, ${invent()} ${invent()}`.slice(0, 100);
    return {
      id: `rep_${randomUUID()}`, namespace: pickOften(users), name, description, full_description: `# ${name}\n\n${'Read me. '.repeat(60)}`,
      is_private: !is_official && random() < 0.05, is_official, is_automated: random() < 0.1,
      star_count: Math.floor(random() ** 12 * 20_000), pull_count: Math.floor(random() ** 8 * 1e7), created, updated: created,
    };
  };
  for (let index = 0; index < size; index += CHUNK) {
    const rows = Array.from({ length: Math.min(CHUNK, size - index) }, (_, offset) => describe(index + offset));
    await db.transaction((trx) => trx('repositories').insert(rows));
  }
}
