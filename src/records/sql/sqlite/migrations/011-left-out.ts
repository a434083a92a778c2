/** What of the published gallery was left out here, and why; without ids: whoever is erased at the registrar leaves none here. */
export const leftOutTables = `
  CREATE TABLE fleet_left_out (
    bucket INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('person', 'badge')),
    why TEXT NOT NULL
  ) STRICT;
`;
