/** What 0.2 added to the tables. Never changed once released. */

/** 017: adds where each template's face was captured; that of older ones is not known. */
export const captureConditions = `
  ALTER TABLE templates ADD COLUMN condition TEXT NOT NULL DEFAULT 'unknown';
`;
