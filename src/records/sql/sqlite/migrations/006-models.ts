/** Which release of models is in use, which one comes next, and which ones were found wanting: one value, changed as a whole. */
export const modelsTables = `
  CREATE TABLE models_progress (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    body TEXT
  ) STRICT;
  INSERT INTO models_progress VALUES (1, NULL);
`;
