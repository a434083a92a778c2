/** Creates the journal's chain of rows, and the outbox of messages not yet delivered to the broker. */
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
