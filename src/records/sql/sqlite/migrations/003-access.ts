/** Creates access groups, last known zones, lane modes, and journal rows for operator commands. */
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
