/**
 * Creates tombstones of badges: an HMAC of the number under a key of the box, the cause and the time, without a
 * person. Triggers write them, so that no way of deleting a badge bypasses them (person, badge, import, sync).
 */
export const badgeTombstoneTables = `
  -- NULL for rows from before this version until the gallery is opened with its key for the first time.
  ALTER TABLE badges ADD COLUMN tag BLOB;
  CREATE INDEX badges_by_tag ON badges (tag);
  CREATE INDEX badges_without_tag ON badges (id) WHERE tag IS NULL;
  CREATE INDEX people_by_key ON people (lower(id));

  CREATE TABLE tombstones (
    tag BLOB PRIMARY KEY,
    cause TEXT NOT NULL CHECK (cause IN ('removed', 'revoked')),
    at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX tombstones_by_time ON tombstones (at_ms);

  -- The key of the tags under the gallery's master key. NULL until the gallery is opened.
  CREATE TABLE tombstone_state (one INTEGER PRIMARY KEY CHECK (one = 1), wrapped_key BLOB) STRICT;
  INSERT INTO tombstone_state VALUES (1, NULL);

  CREATE TRIGGER badges_delete_tombstone AFTER DELETE ON badges WHEN old.tag IS NOT NULL BEGIN
    INSERT INTO tombstones SELECT old.tag,
        CASE WHEN EXISTS (SELECT 1 FROM revoked
            WHERE (kind = 'badge' AND lower(id) = lower(old.id)) OR (kind = 'person' AND lower(id) = lower(old.person)))
          THEN 'revoked' ELSE 'removed' END,
        CAST(unixepoch('subsec') * 1000 AS INTEGER) WHERE true
      ON CONFLICT (tag) DO UPDATE SET cause = excluded.cause, at_ms = excluded.at_ms;
  END;
  CREATE TRIGGER badges_insert_tombstone AFTER INSERT ON badges WHEN new.tag IS NOT NULL BEGIN
    DELETE FROM tombstones WHERE tag = new.tag;
  END;
`;
