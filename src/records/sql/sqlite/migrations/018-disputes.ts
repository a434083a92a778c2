/** 018: disputed passages, as long as they count: what is stricter for whom, and on whose word. Nothing of the wrong face. */
export const disputeTables = `
  CREATE TABLE disputes (
    id TEXT PRIMARY KEY,
    decision TEXT NOT NULL,
    person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    lane TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('identification', 'verification')),
    -- Either templates that open nothing, as a JSON array of the SHA-256 of their photographs, or the highest rate.
    sources TEXT,
    rate REAL,
    leaves_way INTEGER NOT NULL CHECK (leaves_way IN (0, 1)),
    made_by TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    CHECK ((sources IS NULL) <> (rate IS NULL))
  ) STRICT;
  CREATE INDEX disputes_by_person ON disputes (person);
`;
