/** Adds the reserve for messages that outsiders caused, its size, and how many dropped messages were reported. */
export const outboxReserve = `
  ALTER TABLE outbox ADD COLUMN outside INTEGER NOT NULL DEFAULT 0 CHECK (outside IN (0, 1));
  CREATE INDEX outbox_outside ON outbox (place) WHERE outside = 1;
  ALTER TABLE outbox_state ADD COLUMN outside_bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE outbox_state ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
  DROP TRIGGER outbox_grows;
  DROP TRIGGER outbox_shrinks;
  CREATE TRIGGER outbox_grows AFTER INSERT ON outbox BEGIN
    UPDATE outbox_state SET
      bytes = bytes + length(CAST(new.id || new.topic || new.payload AS BLOB)),
      outside_bytes = outside_bytes + new.outside * length(CAST(new.id || new.topic || new.payload AS BLOB));
  END;
  CREATE TRIGGER outbox_shrinks AFTER DELETE ON outbox BEGIN
    UPDATE outbox_state SET
      bytes = bytes - length(CAST(old.id || old.topic || old.payload AS BLOB)),
      outside_bytes = outside_bytes - old.outside * length(CAST(old.id || old.topic || old.payload AS BLOB));
  END;
`;
