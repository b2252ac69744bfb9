import type { SearchEngine } from './searchEngine.js';
import { FOLDS } from './words.js';

/** A text in SQL, all of it escaped: quotes, line breaks and `?` mean nothing to anybody on the way. */
const quote = (text: string): string => `E'${Array.from(text, escape).join('')}'`;
const escape = (character: string): string => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;

const COLUMNS = ['id', 'namespace', 'name', 'is_private', 'is_official', 'star_count'];
const columns = (row: string): string => COLUMNS.map((name) => row + name).join(', ');
const joined = (row: string): string => `translate(${row}name, '-_', '')`;
const words = (row: string): string =>
  `search_cut(${row}name || ' ' || ${joined(row)} || ' ' || ${row}namespace || ' ' || ${row}description)`;

/**
 * A table of its own: stars and pushes write to `repositories` all day, and none of that must touch the index.
 * Text search configurations of the server have no part in it: words are cut by our table alone.
 * `search_words` knows every word that was ever used, for the correction of typing errors; it forgets none, because
 * counting uses would make everybody who writes of `docker` wait for each other.
 */
const STATEMENTS = [
  `CREATE TABLE search_documents (
    id text PRIMARY KEY REFERENCES repositories (id) ON DELETE CASCADE,
    namespace text NOT NULL,
    name text NOT NULL,
    is_private boolean NOT NULL,
    is_official boolean NOT NULL,
    star_count integer NOT NULL,
    joined text NOT NULL,
    words tsvector NOT NULL
  )`,
  'CREATE TABLE search_words (term text COLLATE "C" PRIMARY KEY)',
  `CREATE FUNCTION search_cut (text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_remove(string_to_array(translate($1, ${quote([...FOLDS.keys()].join(''))}, ${quote([...FOLDS.values()].join(''))}), ' '), '')
  $$`,
  // Sorted, so that two who bring the same new words never wait for each other crosswise.
  `CREATE FUNCTION search_learn (text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO search_words (term) SELECT DISTINCT unnest($1) COLLATE "C" AS term ORDER BY term ON CONFLICT DO NOTHING
  $$`,
  `INSERT INTO search_documents (${columns('')}, joined, words)
    SELECT ${columns('')}, ${joined('')}, array_to_tsvector(${words('')}) FROM repositories`,
  'INSERT INTO search_words (term) SELECT DISTINCT unnest(tsvector_to_array(words)) FROM search_documents',
  'CREATE INDEX search_documents_words ON search_documents USING gin (words) WITH (fastupdate = off)',
  'CREATE INDEX search_documents_rank ON search_documents (is_official DESC, star_count DESC, namespace, name)',
  `CREATE FUNCTION search_insert () RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE cut text[] := ${words('NEW.')};
  BEGIN
    INSERT INTO search_documents (${columns('')}, joined, words)
      VALUES (${columns('NEW.')}, ${joined('NEW.')}, array_to_tsvector(cut));
    PERFORM search_learn(cut);
    RETURN NULL;
  END $$`,
  `CREATE FUNCTION search_update () RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    UPDATE search_documents SET is_private = NEW.is_private, is_official = NEW.is_official, star_count = NEW.star_count
      WHERE id = NEW.id;
    RETURN NULL;
  END $$`,
  `CREATE FUNCTION search_update_words () RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE cut text[] := ${words('NEW.')};
  BEGIN
    UPDATE search_documents
      SET namespace = NEW.namespace, name = NEW.name, joined = ${joined('NEW.')}, words = array_to_tsvector(cut)
      WHERE id = NEW.id;
    PERFORM search_learn(cut);
    RETURN NULL;
  END $$`,
  'CREATE TRIGGER search_insert AFTER INSERT ON repositories FOR EACH ROW EXECUTE FUNCTION search_insert()',
  `CREATE TRIGGER search_update AFTER UPDATE OF is_private, is_official, star_count ON repositories
    FOR EACH ROW EXECUTE FUNCTION search_update()`,
  `CREATE TRIGGER search_update_words AFTER UPDATE OF namespace, name, description ON repositories FOR EACH ROW
    WHEN ((NEW.namespace, NEW.name, NEW.description) IS DISTINCT FROM (OLD.namespace, OLD.name, OLD.description))
    EXECUTE FUNCTION search_update_words()`,
];

/** tsvector. */
export const POSTGRES_SEARCH: SearchEngine = {
  async install(db) {
    for (const statement of STATEMENTS) await db.raw(statement);
  },
  whereWords(query, all) {
    const match = all.map((any) => `(${any.map((word) => `'${word}':*`).join(' | ')})`).join(' & ');
    query.whereRaw('repositories.words @@ ?::tsquery', [match]);
  },
};
