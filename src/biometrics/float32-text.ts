/** Encodes float32 numbers as text and decodes them: base64, least significant byte first. */

export type Float32Read = { readonly values: Float32Array<ArrayBuffer> } | { readonly problem: string };

export function float32ToText(values: Float32Array): string {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, i * 4);
  return bytes.toString('base64');
}

/** @param count how many numbers there must be. */
export function float32FromText(text: string, count: number): Float32Read {
  if (text.length !== 4 * Math.ceil((count * 4) / 3))
    return { problem: `text of another length than ${count} numbers have` };
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return { problem: 'no base64' };
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== count * 4) return { problem: `${bytes.length / 4} numbers instead of ${count}` };
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 1) values[i] = bytes.readFloatLE(i * 4);
  return values.every(Number.isFinite) ? { values } : { problem: 'a number that is not finite' };
}
