import { TwinstileError } from '../../base/errors.js';
import { systemReason } from '../../base/system-error.js';
import { openPlainFile } from '../../platform/plain-file.js';

const NAMED_SO = /\.(jpe?g|png|bmp|dib|webp)$/i;
const HEAD = 16;

/**
 * Tells a photograph of a kind that can be decoded by its name, and else by its first bytes.
 * @returns true also of a file of such a name that cannot be read: it is refused with its reason when it is read.
 */
export async function looksLikePhoto(file: string): Promise<boolean> {
  if (NAMED_SO.test(file)) return true;
  try {
    const handle = await openPlainFile(file);
    try {
      const bytes = Buffer.alloc(HEAD);
      const { bytesRead } = await handle.read(bytes, 0, HEAD, 0);
      return beginsAsPhoto(bytes.subarray(0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    // A pipe, a device, a link that leads nowhere, a list that this user may not read: none of them is a photograph.
    if (error instanceof TwinstileError || systemReason(error) !== undefined) return false;
    throw error;
  }
}

function beginsAsPhoto(bytes: Buffer): boolean {
  const text = bytes.toString('latin1');
  return (
    text.startsWith('\xff\xd8\xff') ||
    text.startsWith('\x89PNG\r\n') ||
    (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP')
  );
}
