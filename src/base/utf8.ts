/** Reads bytes as UTF-8 and as nothing else: a name that a wrong encoding destroyed cannot be mended afterwards. */

type Utf8Read =
  | { readonly kind: 'text'; readonly text: string }
  /** `line` is the first that is not UTF-8, from 1. */
  | { readonly kind: 'refused'; readonly line: number; readonly got: string };

const LINE_FEED = 0x0a;

/** A byte order mark is no part of the text. */
export function readUtf8(bytes: Uint8Array): Utf8Read {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return { kind: 'refused', line: 1, got: 'UTF-16' };
  const text = decoded(bytes);
  if (text !== undefined) return { kind: 'text', text };
  // No byte of a longer character is a line feed, so each line can be asked for itself.
  let line = 1;
  for (let at = 0; at < bytes.length; line += 1) {
    const end = bytes.indexOf(LINE_FEED, at);
    const next = end === -1 ? bytes.length : end + 1;
    if (decoded(bytes.subarray(at, next)) === undefined) break;
    at = next;
  }
  return { kind: 'refused', line, got: 'other bytes' };
}

/** Hint for the author of the file. */
export const SAVE_AS_UTF8 =
  'Save it as UTF-8 (in a spreadsheet: "CSV UTF-8"), then run the same command again.';

export const isUtf8 = (bytes: Uint8Array): boolean => decoded(bytes) !== undefined;

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // The decoder reports other encodings in no other way.
    return undefined;
  }
}
