/** 019: what a box learns of its cameras by faces that it met: counts of distances, and whether a camera was moved. Nothing of a face. */
export const cameraEvidenceTables = `
  CREATE TABLE impostor_counts (
    -- Digest of encoder and head by which was compared.
    comparison TEXT NOT NULL,
    live TEXT NOT NULL,
    template TEXT NOT NULL,
    -- People of the live side's centre, 5 for more: distances through another centre are other distances.
    centred_by INTEGER NOT NULL,
    -- Local, "2026-11-25".
    day TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('passage', 'lookalike')),
    -- Faces that were compared.
    probes INTEGER NOT NULL,
    -- JSON array of [bin, count].
    bins TEXT NOT NULL,
    PRIMARY KEY (comparison, live, template, centred_by, day, source)
  ) STRICT;
  CREATE TABLE camera_drift (
    lane TEXT PRIMARY KEY,
    encoder TEXT NOT NULL,
    is_moved INTEGER NOT NULL CHECK (is_moved IN (0, 1)),
    -- Since when its faces differ from their templates; NULL while they do not.
    differs_since_ms INTEGER,
    at_ms INTEGER NOT NULL
  ) STRICT;
`;
