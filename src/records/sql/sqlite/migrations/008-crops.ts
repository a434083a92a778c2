/** Crops of the photographs by which people were enrolled, where the site keeps them, under each person's data key. */
export const cropTables = `
  CREATE TABLE crops (
    person TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
    -- SHA-256 of the photograph.
    source TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (person, source)
  ) STRICT;
`;
