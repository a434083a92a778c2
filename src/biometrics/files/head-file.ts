/** Heads on disk. */
import { TwinstileError } from '../../base/errors.js';
import type { ModelDigest } from '../../base/ids.js';
import { writeIntoExistingFolder } from '../../platform/atomic-file.js';
import { readPlainText } from '../../platform/plain-file.js';
import type { Head } from '../head/head.js';
import { headFromText, headToText, MAX_HEAD_FILE } from '../head/head-text.js';

/**
 * @param encoder digest of the pack's card in use.
 * @throws TwinstileError 'head-refused': not there, too large (looked at before it is read), broken, or made for another encoder.
 */
export async function readHead(file: string, encoder: ModelDigest): Promise<Head> {
  let text: string;
  try {
    const refuse = (expected: string, got: string) => refused(expected, got, 'Name a head file.');
    text = await readPlainText(file, { maxBytes: MAX_HEAD_FILE, refuse });
  } catch (cause) {
    if (cause instanceof TwinstileError) throw cause;
    throw refused(
      `a file at ${file}`,
      'none that can be read',
      'Learn a head first: twinstile train head.',
      cause,
    );
  }
  return headFromText(text, encoder);
}

/** Whole or not at all: a crash leaves the old head in place. @throws TwinstileError 'head-refused' when it cannot be written. */
export async function writeHead(file: string, head: Head): Promise<void> {
  const text = headToText(head);
  try {
    await writeIntoExistingFolder(file, text);
  } catch (cause) {
    throw refused(`to write ${file}`, 'a failure', 'Name a file in a folder that can be written.', cause);
  }
}

const refused = (expected: string, got: string, hint: string, cause?: unknown): TwinstileError =>
  new TwinstileError({ code: 'head-refused', message: `Expected ${expected}, got ${got}.`, hint, cause });
