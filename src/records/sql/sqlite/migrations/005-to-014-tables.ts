/** What later versions added to the tables. Never changed once released. */

/** 005: adds the end of consent, and a personal part of journal rows that can be deleted without breaking the chain. */
export const upkeepTables = `
  ALTER TABLE people ADD COLUMN consent_until_ms INTEGER;

  -- Who a row is about, as canonical JSON, and the salt under which the chain knows it. Both go when it is forgotten;
  -- the seal stays. All three are NULL for rows that are about nobody.
  ALTER TABLE journal ADD COLUMN personal TEXT;
  ALTER TABLE journal ADD COLUMN salt TEXT;
  ALTER TABLE journal ADD COLUMN seal TEXT;
  CREATE INDEX journal_personal ON journal (at_ms) WHERE personal IS NOT NULL;

  CREATE TRIGGER outbox_changes AFTER UPDATE OF payload ON outbox BEGIN
    UPDATE outbox_state
       SET bytes = bytes + length(CAST(new.payload AS BLOB)) - length(CAST(old.payload AS BLOB));
  END;
`;

/** 006: which release of models is in use, which one comes next, and which ones were found wanting: one value, changed as a whole. */
export const modelsTables = `
  CREATE TABLE models_progress (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    body TEXT
  ) STRICT;
  INSERT INTO models_progress VALUES (1, NULL);
`;

/** 007: what lanes gather of their cameras, and the heads made of it: all of it under a key of its own, which the master key wraps. */
export const adaptationTables = `
  CREATE TABLE adaptation_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    -- Rises whenever a head in use changes.
    generation INTEGER NOT NULL,
    -- NULL until something was first written.
    wrapped_key BLOB
  ) STRICT;
  INSERT INTO adaptation_state VALUES (1, 0, NULL);

  CREATE TABLE adaptation (
    lane TEXT NOT NULL,
    -- 'sums', 'candidate', 'used', 'before', 'heldSince'
    part TEXT NOT NULL,
    -- Digest of the encoder whose vectors it is about.
    encoder TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (lane, part)
  ) STRICT;
`;

/** 008: crops of the photographs by which people were enrolled, where the site keeps them, under each person's data key. */
export const cropTables = `
  CREATE TABLE crops (
    person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    -- SHA-256 of the photograph.
    source TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, source)
  ) STRICT;
`;

/** 009: adds the mark up to which change notes were deleted: a publisher that has not seen all of those rereads all people. */
export const publishedMark = `
  ALTER TABLE change_mark ADD COLUMN published INTEGER NOT NULL DEFAULT 0;
  UPDATE change_mark SET published = mark;
`;

/** 010: journal rows of what administrators do, and the highest number ever used under a name that PostgreSQL has as well. */
export const actTables = `
  -- The list of kinds could only be changed with the table; from here on the program alone keeps it.
  CREATE TABLE journal_next (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL,
    -- Who a row is about, as canonical JSON, and the salt under which the chain knows it. Both go when it is forgotten;
    -- the seal stays. All three are NULL for rows that are about nobody.
    personal TEXT,
    salt TEXT,
    seal TEXT
  ) STRICT;
  INSERT INTO journal_next SELECT seq, kind, subject, at_ms, body, hash, personal, salt, seal FROM journal ORDER BY seq;
  -- The highest number ever used goes with it, also when its row is gone.
  DELETE FROM sqlite_sequence WHERE name = 'journal_next';
  INSERT INTO sqlite_sequence (name, seq) SELECT 'journal_next', seq FROM sqlite_sequence WHERE name = 'journal';
  DROP TABLE journal;
  ALTER TABLE journal_next RENAME TO journal;
  CREATE INDEX journal_of_kind ON journal (kind, seq);
  CREATE INDEX journal_granted ON journal (subject)
    WHERE kind = 'decision' AND json_extract(body, '$.verdict') = 'granted';
  CREATE INDEX journal_outcomes ON journal (subject) WHERE kind = 'outcome';
  CREATE INDEX journal_personal ON journal (at_ms) WHERE personal IS NOT NULL;
  -- Rows that no longer say whom they were about.
  CREATE INDEX journal_forgotten ON journal (seq) WHERE seal IS NOT NULL AND personal IS NULL;

  CREATE VIEW journal_last AS SELECT seq FROM sqlite_sequence WHERE name = 'journal';
`;

/** 011: records what of the published gallery was left out here, and why; without ids, so that an erasure at the registrar leaves no trace here. */
export const leftOutTables = `
  CREATE TABLE fleet_left_out (
    bucket INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('person', 'badge')),
    why TEXT NOT NULL
  ) STRICT;
`;

/**
 * 012: creates tombstones of badges: an HMAC of the number under a key of the box, the cause and the time, without a
 * person. Triggers write them, so that no way of deleting a badge bypasses them (person, badge, import, sync).
 */
export const badgeTombstoneTables = `
  -- NULL for rows from before this version until the gallery is opened with its key for the first time.
  ALTER TABLE badges ADD COLUMN tag BLOB;
  CREATE INDEX badges_by_tag ON badges (tag);
  CREATE INDEX badges_without_tag ON badges (id) WHERE tag IS NULL;
  CREATE INDEX people_by_key ON people (lower(id));

  CREATE TABLE tombstones (
    tag BLOB PRIMARY KEY,
    cause TEXT NOT NULL CHECK (cause IN ('removed', 'revoked')),
    at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX tombstones_by_time ON tombstones (at_ms);

  -- The key of the tags under the gallery's master key. NULL until the gallery is opened.
  CREATE TABLE tombstone_state (one INTEGER PRIMARY KEY CHECK (one = 1), wrapped_key BLOB) STRICT;
  INSERT INTO tombstone_state VALUES (1, NULL);

  CREATE TRIGGER badges_delete_tombstone AFTER DELETE ON badges WHEN old.tag IS NOT NULL BEGIN
    INSERT INTO tombstones SELECT old.tag,
        CASE WHEN EXISTS (SELECT 1 FROM revoked
            WHERE (kind = 'badge' AND lower(id) = lower(old.id)) OR (kind = 'person' AND lower(id) = lower(old.person)))
          THEN 'revoked' ELSE 'removed' END,
        CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE true
      ON CONFLICT (tag) DO UPDATE SET cause = excluded.cause, at_ms = excluded.at_ms;
  END;
  CREATE TRIGGER badges_insert_tombstone AFTER INSERT ON badges WHEN new.tag IS NOT NULL BEGIN
    DELETE FROM tombstones WHERE tag = new.tag;
  END;
`;

/** 013: unsigned commands that were accepted, as digests: a command that was recorded opens nothing again, also after a restart. */
export const takenCommandsTables = `
  CREATE TABLE taken_orders (
    number INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 16),
    at_ms INTEGER NOT NULL
  ) STRICT;
`;

/** 014: adds the reserve for messages that outsiders caused, its size, and how many dropped messages were reported. */
export const outboxReserve = `
  ALTER TABLE outbox ADD COLUMN outside INTEGER NOT NULL DEFAULT 0 CHECK (outside IN (0, 1));
  CREATE INDEX outbox_outside ON outbox (place) WHERE outside = 1;
  ALTER TABLE outbox_state ADD COLUMN outside_bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE outbox_state ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
  DROP TRIGGER outbox_grows;
  DROP TRIGGER outbox_shrinks;
  CREATE TRIGGER outbox_grows AFTER INSERT ON outbox BEGIN
    UPDATE outbox_state SET
      bytes = bytes + length(CAST(new.id || new.topic || new.payload AS BLOB)),
      outside_bytes = outside_bytes + new.outside * length(CAST(new.id || new.topic || new.payload AS BLOB));
  END;
  CREATE TRIGGER outbox_shrinks AFTER DELETE ON outbox BEGIN
    UPDATE outbox_state SET
      bytes = bytes - length(CAST(old.id || old.topic || old.payload AS BLOB)),
      outside_bytes = outside_bytes - old.outside * length(CAST(old.id || old.topic || old.payload AS BLOB));
  END;
`;
