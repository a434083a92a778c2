/** Records what of the published gallery was left out here, and why; without ids, so that an erasure at the registrar leaves no trace here. */
export const leftOutTables = `
  CREATE TABLE fleet_left_out (
    bucket INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('person', 'badge')),
    why TEXT NOT NULL
  ) STRICT;
`;
