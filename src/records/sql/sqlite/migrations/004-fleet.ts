/** Creates the fleet's state: trusted versions, segments in use, revocations. */
export const fleetTables = `
  CREATE TABLE fleet_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    -- 'alone', 'follows' a fleet, or 'publishes' to one: only then changes are noted down.
    part TEXT NOT NULL CHECK (part IN ('alone', 'follows', 'publishes')),
    floors TEXT,
    time_floor_ms INTEGER NOT NULL,
    signed_at_ms INTEGER,
    expires_ms INTEGER,
    serial INTEGER,
    manifest TEXT,
    bits INTEGER,
    -- SHA-256 of each shelf, as JSON: an unchanged shelf need not be fetched to know its segments.
    shelves TEXT NOT NULL,
    revocations INTEGER NOT NULL
  ) STRICT;
  INSERT INTO fleet_state VALUES (1, 'alone', NULL, 0, NULL, NULL, NULL, NULL, NULL, '[]', 0);

  CREATE TABLE fleet_trust (role TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;

  CREATE TABLE fleet_segments (bucket INTEGER PRIMARY KEY, sha256 TEXT NOT NULL) STRICT;

  -- Who came from the fleet, as opposed to those who were enrolled here.
  CREATE TABLE fleet_people (
    person TEXT PRIMARY KEY REFERENCES people (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    digest TEXT NOT NULL
  ) STRICT;
  CREATE INDEX fleet_people_at ON fleet_people (place);

  CREATE TABLE revoked (
    kind TEXT NOT NULL CHECK (kind IN ('person', 'badge')),
    id TEXT NOT NULL,
    serial INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
  ) STRICT;

  CREATE TABLE changed_people (person TEXT PRIMARY KEY, mark INTEGER NOT NULL) STRICT;
  CREATE TABLE change_mark (one INTEGER PRIMARY KEY CHECK (one = 1), mark INTEGER NOT NULL) STRICT;
  INSERT INTO change_mark VALUES (1, 0);
${(
  [
    ['people', 'id'],
    ['badges', 'person'],
    ['templates', 'person'],
  ] as const
)
  .flatMap(([table, column]) =>
    (['INSERT', 'UPDATE', 'DELETE'] as const).map((event) => {
      const sides = event === 'INSERT' ? ['new'] : event === 'DELETE' ? ['old'] : ['old', 'new'];
      const notes = sides.map(
        (side) => `INSERT INTO changed_people SELECT ${side}.${column}, mark FROM change_mark WHERE true
      ON CONFLICT (person) DO UPDATE SET mark = excluded.mark;`,
      );
      return `  CREATE TRIGGER ${table}_${event.toLowerCase()}_noted AFTER ${event} ON ${table}
    WHEN (SELECT part FROM fleet_state) = 'publishes' BEGIN
    UPDATE change_mark SET mark = mark + 1;
    ${notes.join('\n    ')}
  END;`;
    }),
  )
  .join('\n')}
${(
  [
    ['INSERT', 'new'],
    ['DELETE', 'old'],
  ] as const
)
  .map(
    ([event, side]) => `  CREATE TRIGGER revoked_${event.toLowerCase()}_noted AFTER ${event} ON revoked
    WHEN (SELECT part FROM fleet_state) = 'publishes' BEGIN
    UPDATE change_mark SET mark = mark + 1;
    INSERT INTO changed_people
      SELECT person, mark FROM change_mark JOIN (
        SELECT ${side}.id AS person WHERE ${side}.kind = 'person'
        UNION SELECT person FROM badges WHERE id = ${side}.id AND ${side}.kind = 'badge'
      ) WHERE true ON CONFLICT (person) DO UPDATE SET mark = excluded.mark;
  END;`,
  )
  .join('\n')}
`;
