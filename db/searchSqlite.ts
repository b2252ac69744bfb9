import type { SearchEngine } from './searchEngine.js';
import { FOLDS } from './words.js';

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** SQL for the words of a text. What is ASCII is cut and folded by the tokenizer, and takes the short way. */
function foldSql(text: string): string {
  const folds = [...FOLDS].filter(([character]) => character > '\x7f');
  const folded = folds.reduce((sql, [from, to]) => `replace(${sql}, ${quote(from)}, ${quote(to)})`, 'text');
  return `(SELECT CASE WHEN length(text) = length(CAST(text AS BLOB)) THEN text ELSE ${folded} END FROM (SELECT ${text} AS text))`;
}

const joined = (row: string): string => `replace(replace(${row}name, '-', ''), '_', '')`;
const words = (row: string): string => foldSql(`${row}name || ' ' || ${joined(row)} || ' ' || ${row}namespace || ' ' || ${row}description`);
const columns = (row: string): string =>
  ['id', 'namespace', 'name', 'is_private', 'is_official', 'star_count'].map((name) => row + name).join(', ');

/**
 * `document` is a number of our own: VACUUM may renumber the rows of `repositories`. The index keeps neither text nor
 * positions (`detail=none`); the tokenizer takes ASCII letters, digits and everything beyond ASCII for word characters.
 */
const STATEMENTS = [
  `CREATE TABLE search_documents (
    document INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE REFERENCES repositories (id) ON DELETE CASCADE,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    is_private BOOLEAN NOT NULL,
    is_official BOOLEAN NOT NULL,
    star_count INTEGER NOT NULL,
    joined TEXT NOT NULL
  )`,
  'CREATE INDEX search_documents_rank ON search_documents (is_official DESC, star_count DESC, namespace, name)',
  `CREATE VIRTUAL TABLE search_index
    USING fts5 (words, content='', contentless_delete=1, detail=none, tokenize='ascii', prefix='1 2 3')`,
  'CREATE VIRTUAL TABLE search_words USING fts5vocab (search_index, row)',
  `INSERT INTO search_documents (${columns('')}, joined) SELECT ${columns('')}, ${joined('')} FROM repositories`,
  `INSERT INTO search_index (rowid, words)
    SELECT document, ${words('repositories.')} FROM search_documents JOIN repositories ON repositories.id = search_documents.id`,
  `CREATE TRIGGER search_insert AFTER INSERT ON repositories BEGIN
    INSERT INTO search_documents (${columns('')}, joined) VALUES (${columns('new.')}, ${joined('new.')});
    INSERT INTO search_index (rowid, words) SELECT document, ${words('new.')} FROM search_documents WHERE id = new.id;
  END`,
  `CREATE TRIGGER search_update AFTER UPDATE OF is_private, is_official, star_count ON repositories BEGIN
    UPDATE search_documents SET is_private = new.is_private, is_official = new.is_official, star_count = new.star_count
      WHERE id = new.id;
  END`,
  `CREATE TRIGGER search_update_words AFTER UPDATE OF namespace, name, description ON repositories
    WHEN new.namespace <> old.namespace OR new.name <> old.name OR new.description <> old.description BEGIN
    UPDATE search_documents SET namespace = new.namespace, name = new.name, joined = ${joined('new.')} WHERE id = new.id;
    UPDATE search_index SET words = ${words('new.')} WHERE rowid = (SELECT document FROM search_documents WHERE id = new.id);
  END`,
  // Also where a cascade deletes: a trigger on the end of it.
  `CREATE TRIGGER search_delete AFTER DELETE ON search_documents BEGIN
    DELETE FROM search_index WHERE rowid = old.document;
  END`,
];

/** FTS5. */
export const SQLITE_SEARCH: SearchEngine = {
  async install(db) {
    for (const statement of STATEMENTS) await db.raw(statement);
  },
  whereWords(query, all) {
    const match = all.map((any) => `(${any.map((word) => `"${word}" *`).join(' OR ')})`).join(' AND ');
    query.whereRaw('repositories.document IN (SELECT rowid FROM search_index WHERE search_index MATCH ?)', [match]);
  },
};
