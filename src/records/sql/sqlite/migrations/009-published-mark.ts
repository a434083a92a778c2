/** Adds the mark up to which change notes were deleted: a publisher that has not seen all of those rereads all people. */
export const publishedMark = `
  ALTER TABLE change_mark ADD COLUMN published INTEGER NOT NULL DEFAULT 0;
  UPDATE change_mark SET published = mark;
`;
