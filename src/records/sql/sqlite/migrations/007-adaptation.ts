/** What lanes gather of their cameras, and the heads made of it: all of it under a key of its own, which the master key wraps. */
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
