/** The tables of the first version: gallery, journal, access, fleet. Never changed once released. */

/** 001: people, their badges, and their templates under a key of each person's own. */
export const galleryTables = `
  CREATE TABLE gallery_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL,
    -- A known text under the master key: tells the right key from a wrong one. NULL until a key was first used.
    key_check BLOB
  ) STRICT;
  INSERT INTO gallery_state VALUES (1, 0, NULL);

  CREATE TABLE people (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    consent_text TEXT,
    consent_given_at_ms INTEGER,
    valid_from_ms INTEGER,
    valid_until_ms INTEGER,
    -- The person's data key under the master key: without this row the templates are noise.
    wrapped_key BLOB NOT NULL,
    CHECK ((consent_text IS NULL) = (consent_given_at_ms IS NULL))
  ) STRICT;

  CREATE TABLE badges (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX badges_of_person ON badges (person);

  CREATE TABLE templates (
    digest TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    -- SHA-256 of the photograph.
    source TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    -- float32 little-endian under the person's data key.
    sealed BLOB NOT NULL,
    PRIMARY KEY (digest, person, source)
  ) STRICT;
  CREATE INDEX templates_of_person ON templates (person);
  CREATE INDEX templates_of_source ON templates (source, digest);
`;

/** 002: creates the journal's chain of rows, and the outbox of messages not yet delivered to the broker. */
export const journalTables = `
  CREATE TABLE journal (
    -- AUTOINCREMENT remembers the highest number ever used, so that rows missing at the end are noticed.
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('decision', 'outcome', 'passage')),
    subject TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX journal_of_kind ON journal (kind, seq);
  CREATE INDEX journal_granted ON journal (subject)
    WHERE kind = 'decision' AND json_extract(body, '$.verdict') = 'granted';
  CREATE INDEX journal_outcomes ON journal (subject) WHERE kind = 'outcome';

  CREATE TABLE outbox (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    topic TEXT NOT NULL,
    payload TEXT NOT NULL
  ) STRICT;
  CREATE TABLE outbox_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    bytes INTEGER NOT NULL,
    dropped INTEGER NOT NULL
  ) STRICT;
  INSERT INTO outbox_state VALUES (1, 0, 0);
  CREATE TRIGGER outbox_grows AFTER INSERT ON outbox BEGIN
    UPDATE outbox_state SET bytes = bytes + length(CAST(new.id || new.topic || new.payload AS BLOB));
  END;
  CREATE TRIGGER outbox_shrinks AFTER DELETE ON outbox BEGIN
    UPDATE outbox_state SET bytes = bytes - length(CAST(old.id || old.topic || old.payload AS BLOB));
  END;
`;

/** 003: creates access groups, last known zones, lane modes, and journal rows for operator commands. */
export const accessTables = `
  -- Names of groups with a space between them.
  ALTER TABLE people ADD COLUMN member_of TEXT NOT NULL DEFAULT '';

  CREATE TABLE access_state (
    person TEXT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    record TEXT NOT NULL
  ) STRICT;

  CREATE TABLE lane_modes (
    lane TEXT PRIMARY KEY,
    mode TEXT NOT NULL
  ) STRICT;

  -- The list of kinds can only be changed with the table.
  CREATE TABLE journal_next (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('decision', 'outcome', 'passage', 'notice', 'command')),
    subject TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  INSERT INTO journal_next SELECT seq, kind, subject, at_ms, body, hash FROM journal ORDER BY seq;
  -- The highest number ever used goes with it, also when its row is gone.
  DELETE FROM sqlite_sequence WHERE name = 'journal_next';
  INSERT INTO sqlite_sequence (name, seq) SELECT 'journal_next', seq FROM sqlite_sequence WHERE name = 'journal';
  DROP TABLE journal;
  ALTER TABLE journal_next RENAME TO journal;
  CREATE INDEX journal_of_kind ON journal (kind, seq);
  CREATE INDEX journal_granted ON journal (subject)
    WHERE kind = 'decision' AND json_extract(body, '$.verdict') = 'granted';
  CREATE INDEX journal_outcomes ON journal (subject) WHERE kind = 'outcome';
`;

/** 004: creates the fleet's state: trusted versions, segments in use, revocations. */
export const fleetTables = `
  CREATE TABLE fleet_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    -- 'alone', 'follows' a fleet, or 'publishes' to one: only then changes are noted down.
    part TEXT NOT NULL CHECK (part IN ('alone', 'follows', 'publishes')),
    floors TEXT,
    time_floor_ms INTEGER NOT NULL,
    signed_at_ms INTEGER,
    expires_ms INTEGER,
    serial INTEGER,
    manifest TEXT,
    bits INTEGER,
    -- SHA-256 of each shelf, as JSON: an unchanged shelf need not be fetched to know its segments.
    shelves TEXT NOT NULL,
    revocations INTEGER NOT NULL
  ) STRICT;
  INSERT INTO fleet_state VALUES (1, 'alone', NULL, 0, NULL, NULL, NULL, NULL, NULL, '[]', 0);

  CREATE TABLE fleet_trust (role TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;

  CREATE TABLE fleet_segments (bucket INTEGER PRIMARY KEY, sha256 TEXT NOT NULL) STRICT;

  -- Who came from the fleet, as opposed to those who were enrolled here.
  CREATE TABLE fleet_people (
    person TEXT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    digest TEXT NOT NULL
  ) STRICT;
  CREATE INDEX fleet_people_at ON fleet_people (place);

  CREATE TABLE revoked (
    kind TEXT NOT NULL CHECK (kind IN ('person', 'badge')),
    id TEXT NOT NULL,
    serial INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
  ) STRICT;

  CREATE TABLE changed_people (person TEXT PRIMARY KEY, mark INTEGER NOT NULL) STRICT;
  CREATE TABLE change_mark (one INTEGER PRIMARY KEY CHECK (one = 1), mark INTEGER NOT NULL) STRICT;
  INSERT INTO change_mark VALUES (1, 0);
${(
  [
    ['people', 'id'],
    ['badges', 'person'],
    ['templates', 'person'],
  ] as const
)
  .flatMap(([table, column]) =>
    (['INSERT', 'UPDATE', 'DELETE'] as const).map((event) => {
      const sides = event === 'INSERT' ? ['new'] : event === 'DELETE' ? ['old'] : ['old', 'new'];
      const notes = sides.map(
        (side) => `INSERT INTO changed_people SELECT ${side}.${column}, mark FROM change_mark WHERE true
      ON CONFLICT (person) DO UPDATE SET mark = excluded.mark;`,
      );
      return `  CREATE TRIGGER ${table}_${event.toLowerCase()}_noted AFTER ${event} ON ${table}
    WHEN (SELECT part FROM fleet_state) = 'publishes' BEGIN
    UPDATE change_mark SET mark = mark + 1;
    ${notes.join('\n    ')}
  END;`;
    }),
  )
  .join('\n')}
${(
  [
    ['INSERT', 'new'],
    ['DELETE', 'old'],
  ] as const
)
  .map(
    ([event, side]) => `  CREATE TRIGGER revoked_${event.toLowerCase()}_noted AFTER ${event} ON revoked
    WHEN (SELECT part FROM fleet_state) = 'publishes' BEGIN
    UPDATE change_mark SET mark = mark + 1;
    INSERT INTO changed_people
      SELECT person, mark FROM change_mark JOIN (
        SELECT ${side}.id AS person WHERE ${side}.kind = 'person'
        UNION SELECT person FROM badges WHERE id = ${side}.id AND ${side}.kind = 'badge'
      ) WHERE true ON CONFLICT (person) DO UPDATE SET mark = excluded.mark;
  END;`,
  )
  .join('\n')}
`;
