/** Reads and writes the newest signed head of the journal, in a file next to the box's key and outside the database. */
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { writeFileAtomically } from '../../platform/atomic-file.js';
import { giveToOwnerOf } from '../../platform/give-to-owner.js';
import { MAX_KEY_FILE, readPlainText } from '../../platform/plain-file.js';
import { type JournalHead, readJournalHead } from '../../records/journal/journal-head.js';

export const headFile = (data: string): string => path.join(data, 'journal-head.json');

/** @returns undefined when there is none. @throws TwinstileError 'journal-broken' for a file that is not a head. */
export async function loadHead(file: string): Promise<JournalHead | undefined> {
  let text: string;
  try {
    text = await readPlainText(file, { maxBytes: MAX_KEY_FILE });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR'))
      return undefined;
    throw unreadable(file, cause);
  }
  let held: unknown;
  try {
    held = JSON.parse(text);
  } catch (cause) {
    throw unreadable(file, cause);
  }
  // As it comes in `health`, or alone.
  const head =
    readJournalHead(held) ?? readJournalHead((held as { readonly journal?: unknown } | null)?.journal);
  if (head === undefined) throw unreadable(file);
  return head;
}

export async function saveHead(data: string, head: JournalHead): Promise<void> {
  const file = headFile(data);
  await writeFileAtomically(file, `${JSON.stringify(head, null, 2)}\n`, 0o600);
  await giveToOwnerOf(data, file);
}

const unreadable = (file: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'journal-broken',
    message: `Expected a signed head of the journal at ${file}, got something that cannot be read as one.`,
    hint: 'Let this user read the file. If it was damaged, compare with the `journal` that the box last published in its health.',
    cause,
  });
