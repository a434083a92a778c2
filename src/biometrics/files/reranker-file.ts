/** Rerankers on disk. */
import { TwinstileError } from '../../base/errors.js';
import type { ModelDigest } from '../../base/ids.js';
import { writeIntoExistingFolder } from '../../platform/atomic-file.js';
import { readPlainText } from '../../platform/plain-file.js';
import type { Reranker } from '../reranker/reranker.js';
import { MAX_RERANKER_FILE, rerankerFromText, rerankerToText } from '../reranker/reranker-text.js';

/**
 * @param compared digest of encoder and head in use.
 * @throws TwinstileError 'reranker-refused': not there, too large (looked at before it is read), broken, or made for another.
 */
export async function readReranker(file: string, compared: ModelDigest): Promise<Reranker> {
  let text: string;
  try {
    text = await readPlainText(file, { maxBytes: MAX_RERANKER_FILE, refuse: refused });
  } catch (cause) {
    if (cause instanceof TwinstileError) throw cause;
    throw refused(`a file at ${file}`, 'none that can be read', cause);
  }
  return rerankerFromText(text, compared);
}

/** Whole or not at all. @throws TwinstileError 'reranker-refused' when it cannot be written. */
export async function writeReranker(file: string, reranker: Reranker): Promise<void> {
  const text = rerankerToText(reranker);
  try {
    await writeIntoExistingFolder(file, text);
  } catch (cause) {
    throw refused(`to write ${file}`, 'a failure', cause);
  }
}

const refused = (expected: string, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'reranker-refused',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Name a reranker from: twinstile train reranker --out FILE',
    cause,
  });
