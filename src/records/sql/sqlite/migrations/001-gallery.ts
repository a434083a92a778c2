/** People, their badges, and their templates under a key of each person's own. */
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
