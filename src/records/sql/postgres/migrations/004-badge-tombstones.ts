/** As in the box's own file (sqlite/migrations/012): the tables of people are asked by the same texts on both. */
export const badgeTombstoneTables = `
  ALTER TABLE badges ADD COLUMN tag BYTEA;
  CREATE INDEX badges_by_tag ON badges (tag);
  CREATE INDEX badges_without_tag ON badges (id) WHERE tag IS NULL;
  CREATE INDEX people_by_key ON people (lower(id));

  CREATE TABLE tombstones (
    tag BYTEA PRIMARY KEY,
    cause TEXT NOT NULL CHECK (cause IN ('removed', 'revoked')),
    at_ms BIGINT NOT NULL
  );
  CREATE INDEX tombstones_by_time ON tombstones (at_ms);

  CREATE TABLE tombstone_state (one INTEGER PRIMARY KEY CHECK (one = 1), wrapped_key BYTEA);
  INSERT INTO tombstone_state VALUES (1, NULL);

  CREATE FUNCTION note_tombstone() RETURNS trigger LANGUAGE plpgsql SET search_path = twinstile AS $$
  BEGIN
    IF TG_OP = 'DELETE' THEN
      INSERT INTO tombstones SELECT OLD.tag,
          CASE WHEN EXISTS (SELECT 1 FROM revoked
              WHERE (kind = 'badge' AND lower(id) = lower(OLD.id)) OR (kind = 'person' AND lower(id) = lower(OLD.person)))
            THEN 'revoked' ELSE 'removed' END,
          CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) WHERE OLD.tag IS NOT NULL
        ON CONFLICT (tag) DO UPDATE SET cause = excluded.cause, at_ms = excluded.at_ms;
    ELSE
      DELETE FROM tombstones WHERE tag = NEW.tag;
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER badges_tombstone AFTER INSERT OR DELETE ON badges
    FOR EACH ROW EXECUTE FUNCTION note_tombstone();
`;
