/** Migrates the registrar's tables to this program's version. */
import { unusableStorage } from '../../sql-port.js';

/** 'TWIS': two offices that start at once do not both migrate. */
const LOCK = 0x54574953;

/** What migrating needs of a connection: texts without values, in a transaction of the caller's. */
type RunScript = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/**
 * Runs all steps in the caller's transaction: PostgreSQL rolls back tables, too. A schema of its own keeps them apart from
 * other tables of the database.
 * @param place for messages. @throws TwinstileError 'gallery-unusable'.
 */
export async function migratePostgres(ask: RunScript, place: string): Promise<void> {
  await ask(`SELECT pg_advisory_xact_lock(${LOCK})`);
  const [encoding] = await ask('SHOW server_encoding');
  if (encoding?.server_encoding !== 'UTF8')
    throw unusableStorage(
      `a database in UTF8 at ${place}`,
      `one in ${encoding?.server_encoding}`,
      'Make it anew with: createdb --encoding=UTF8 --template=template0 NAME',
    );
  // Making what is there needs a right that the owner of the schema may not have.
  const [schema] = await ask(`SELECT 1 FROM pg_namespace WHERE nspname = 'twinstile'`);
  if (schema === undefined) await ask('CREATE SCHEMA twinstile');
  const [table] = await ask(`SELECT to_regclass('twinstile.schema_version') IS NOT NULL AS there`);
  if (table?.there !== true)
    await ask('CREATE TABLE schema_version (version BIGINT NOT NULL); INSERT INTO schema_version VALUES (0)');
  const [state] = await ask('SELECT version FROM schema_version');
  const version = Number(state?.version);
  if (!(version <= MIGRATIONS.length))
    throw unusableStorage(
      `tables of version ${MIGRATIONS.length} or older at ${place}`,
      `version ${version}`,
      'Install the newer twinstile here as well: all offices use one version.',
    );
  for (const step of MIGRATIONS.slice(version)) await ask(step);
  if (version < MIGRATIONS.length) await ask(`UPDATE schema_version SET version = ${MIGRATIONS.length}`);
}

/** Triggers that mark the segments which a publisher has to rewrite. */
const noted = (table: string, body: string): string => `
  CREATE FUNCTION note_${table}() RETURNS trigger LANGUAGE plpgsql SET search_path = twinstile AS $$
  BEGIN
    IF (SELECT part FROM fleet_state) = 'publishes' THEN
      UPDATE change_mark SET mark = mark + 1;
      ${body}
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER ${table}_noted AFTER INSERT OR UPDATE OR DELETE ON ${table}
    FOR EACH ROW EXECUTE FUNCTION note_${table}();`;

const note = (
  people: string,
): string => `INSERT INTO changed_people SELECT person, mark FROM change_mark, (${people}) AS those
        ON CONFLICT (person) DO UPDATE SET mark = excluded.mark;`;

const personNoted = (table: string, column: string): string =>
  noted(
    table,
    `IF TG_OP <> 'INSERT' THEN ${note(`SELECT OLD.${column} AS person`)} END IF;
      IF TG_OP <> 'DELETE' THEN ${note(`SELECT NEW.${column} AS person`)} END IF;`,
  );

const revokedOn = (side: string): string =>
  note(`SELECT ${side}.id AS person WHERE ${side}.kind = 'person'
        UNION SELECT person FROM badges WHERE id = ${side}.id AND ${side}.kind = 'badge'`);

/**
 * The office's tables, as SQLite has them: people, badges, sealed templates, and what publishing and revoking need.
 * Ids are compared byte by byte (COLLATE "C"), so that both databases put people into one order.
 */
const officeTables = `
  CREATE TABLE gallery_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version BIGINT NOT NULL,
    -- A known text under the master key: tells the right key from a wrong one. NULL until a key was first used.
    key_check BYTEA
  );
  INSERT INTO gallery_state VALUES (1, 0, NULL);

  CREATE TABLE people (
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT NOT NULL,
    consent_text TEXT,
    consent_given_at_ms BIGINT,
    valid_from_ms BIGINT,
    valid_until_ms BIGINT,
    -- The person's data key under the master key: without this row the templates are noise.
    wrapped_key BYTEA NOT NULL,
    -- Names of groups with a space between them.
    member_of TEXT NOT NULL DEFAULT '',
    consent_until_ms BIGINT,
    CHECK ((consent_text IS NULL) = (consent_given_at_ms IS NULL))
  );

  CREATE TABLE badges (
    id TEXT COLLATE "C" PRIMARY KEY,
    person TEXT COLLATE "C" NOT NULL REFERENCES people (id) ON DELETE CASCADE
  );
  CREATE INDEX badges_of_person ON badges (person);

  CREATE TABLE templates (
    digest TEXT COLLATE "C" NOT NULL,
    person TEXT COLLATE "C" NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    -- SHA-256 of the photograph.
    source TEXT COLLATE "C" NOT NULL,
    created_at_ms BIGINT NOT NULL,
    -- float32 little-endian under the person's data key.
    sealed BYTEA NOT NULL,
    PRIMARY KEY (digest, person, source)
  );
  CREATE INDEX templates_of_person ON templates (person);
  CREATE INDEX templates_of_source ON templates (source, digest);

  CREATE TABLE fleet_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    -- 'alone' until something was published from here: only then changes are noted down.
    part TEXT NOT NULL CHECK (part IN ('alone', 'publishes')),
    revocations BIGINT NOT NULL
  );
  INSERT INTO fleet_state VALUES (1, 'alone', 0);

  CREATE TABLE revoked (
    kind TEXT NOT NULL CHECK (kind IN ('person', 'badge')),
    id TEXT COLLATE "C" NOT NULL,
    serial BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
  );

  CREATE TABLE changed_people (person TEXT COLLATE "C" PRIMARY KEY, mark BIGINT NOT NULL);
  CREATE TABLE change_mark (one INTEGER PRIMARY KEY CHECK (one = 1), mark BIGINT NOT NULL);
  INSERT INTO change_mark VALUES (1, 0);
  ${personNoted('people', 'id')}
  ${personNoted('badges', 'person')}
  ${personNoted('templates', 'person')}
  ${noted('revoked', `IF TG_OP = 'INSERT' THEN ${revokedOn('NEW')} ELSIF TG_OP = 'DELETE' THEN ${revokedOn('OLD')} END IF;`)}
`;

/** Adds the mark up to which change notes were deleted: a publisher that has not seen all of those rereads all people. */
const publishedMark = `
  ALTER TABLE change_mark ADD COLUMN published BIGINT NOT NULL DEFAULT 0;
  UPDATE change_mark SET published = mark;
`;

/** The registrar's journal: what offices did, in the same chain as that of a box. */
const actTables = `
  CREATE TABLE journal (
    seq BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL,
    -- Who a row is about, and the salt under which the chain knows it: both go when it is forgotten, the seal stays.
    personal TEXT,
    salt TEXT,
    seal TEXT
  );
  CREATE INDEX journal_of_kind ON journal (kind, seq);
  CREATE INDEX journal_personal ON journal (at_ms) WHERE personal IS NOT NULL;
  CREATE INDEX journal_forgotten ON journal (seq) WHERE seal IS NOT NULL AND personal IS NULL;

  -- The highest number ever used, so that rows missing at the end are noticed.
  CREATE TABLE journal_last (one INTEGER PRIMARY KEY CHECK (one = 1), seq BIGINT NOT NULL);
  INSERT INTO journal_last VALUES (1, 0);
  CREATE FUNCTION journal_counted() RETURNS trigger LANGUAGE plpgsql SET search_path = twinstile AS $$
  BEGIN
    UPDATE journal_last SET seq = NEW.seq WHERE seq < NEW.seq;
    RETURN NULL;
  END $$;
  CREATE TRIGGER journal_counts AFTER INSERT ON journal FOR EACH ROW EXECUTE FUNCTION journal_counted();
`;

/** As in the box's own file (012 of its migrations): the tables of people are asked by the same texts on both. */
const badgeTombstoneTables = `
  ALTER TABLE badges ADD COLUMN tag BYTEA;
  CREATE INDEX badges_by_tag ON badges (tag);
  CREATE INDEX badges_without_tag ON badges (id) WHERE tag IS NULL;
  CREATE INDEX people_by_key ON people (lower(id));

  CREATE TABLE tombstones (
    tag BYTEA PRIMARY KEY,
    cause TEXT NOT NULL CHECK (cause IN ('removed', 'revoked')),
    at_ms BIGINT NOT NULL
  );
  CREATE INDEX tombstones_by_time ON tombstones (at_ms);

  CREATE TABLE tombstone_state (one INTEGER PRIMARY KEY CHECK (one = 1), wrapped_key BYTEA);
  INSERT INTO tombstone_state VALUES (1, NULL);

  CREATE FUNCTION note_tombstone() RETURNS trigger LANGUAGE plpgsql SET search_path = twinstile AS $$
  BEGIN
    IF TG_OP = 'DELETE' THEN
      INSERT INTO tombstones SELECT OLD.tag,
          CASE WHEN EXISTS (SELECT 1 FROM revoked
              WHERE (kind = 'badge' AND lower(id) = lower(OLD.id)) OR (kind = 'person' AND lower(id) = lower(OLD.person)))
            THEN 'revoked' ELSE 'removed' END,
          CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) WHERE OLD.tag IS NOT NULL
        ON CONFLICT (tag) DO UPDATE SET cause = excluded.cause, at_ms = excluded.at_ms;
    ELSE
      DELETE FROM tombstones WHERE tag = NEW.tag;
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER badges_tombstone AFTER INSERT OR DELETE ON badges
    FOR EACH ROW EXECUTE FUNCTION note_tombstone();
`;

/** 005: adds where each template's face was captured; that of older ones is not known. */
const captureConditions = `ALTER TABLE templates ADD COLUMN condition TEXT NOT NULL DEFAULT 'unknown';`;

/** Number n in this list leads to version n + 1. Never changed once released: only appended to. */
const MIGRATIONS: readonly string[] = [
  officeTables,
  publishedMark,
  actTables,
  badgeTombstoneTables,
  captureConditions,
];
