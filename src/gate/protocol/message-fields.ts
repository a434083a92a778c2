/** The shape of everything that is signed: fields one after the other, each with its length before it (2 bytes, big-endian). */

/** Joins fields so that none can run into the next. @param fields text is UTF-8; each at most 65,535 bytes. */
export function joinFields(fields: readonly (string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** An unsigned whole number of 4 bytes, big-endian. */
export function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
