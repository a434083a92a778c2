/**
 * The office's tables, as SQLite has them: people, badges, sealed templates, and what publishing and revoking need.
 * Ids are compared byte by byte (COLLATE "C"), so that both databases put people into one order.
 */
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

export const officeTables = `
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
