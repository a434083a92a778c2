/** Journal rows of what administrators do, and the highest number ever used under a name that PostgreSQL has as well. */
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
