/** Unsigned orders that were taken, as digests: an order that was recorded opens nothing again, also after a restart. */
export const takenCommandsTables = `
  CREATE TABLE taken_orders (
    number INTEGER PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 16),
    at_ms INTEGER NOT NULL
  ) STRICT;
`;
