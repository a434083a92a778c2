/** Adds the end of consent, and a personal part of journal rows that can be deleted without breaking the chain. */
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
