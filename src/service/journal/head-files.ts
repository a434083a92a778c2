/** Reads and writes files of signed heads of journals: the box's own, outside its database, and those of a fleet's boxes. */
import path from 'node:path';
import { z } from 'zod';
import { TwinstileError } from '../../base/errors.js';
import type { KnownHead, KnownHeads } from '../../fleet/status/journal-heads.js';
import { writeFileAtomically } from '../../platform/atomic-file.js';
import { giveToOwnerOf } from '../../platform/folders.js';
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

const headSchema = z.strictObject({
  seq: z.int().min(1),
  hash: z.string(),
  at: z.string(),
  key: z.string(),
  fault: z
    .strictObject({
      code: z.enum(['journal-went-back', 'journal-other-key', 'journal-unsigned', 'journal-missing']),
      words: z.string(),
    })
    .optional(),
});
const fileSchema = z.strictObject({ v: z.literal(1), heads: z.record(z.string(), headSchema) });

/** Size limit in bytes: a hundred thousand boxes take less. */
const MAX_BYTES = 128 * 1024 * 1024;

/**
 * Reads the file in which `fleet status` keeps the newest signed head of the journal of each box.
 * @returns no heads where there is no file. @throws TwinstileError 'bad-arguments' for a file of another kind.
 */
export async function loadKnownHeads(file: string): Promise<KnownHeads> {
  let text: string;
  try {
    text = await readPlainText(file, { maxBytes: MAX_BYTES });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map();
    throw error;
  }
  const known = parsed(text);
  if (known === undefined)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected heads of journals in ${file}, got something else.`,
      hint: 'Name the file that fleet status --heads made, or one that is not there yet.',
    });
  return new Map(Object.entries<KnownHead>(known.heads));
}

export const saveKnownHeads = (file: string, known: KnownHeads): Promise<void> =>
  writeFileAtomically(
    file,
    `${JSON.stringify({ v: 1, heads: Object.fromEntries(known) }, undefined, 1)}\n`,
    0o600,
  );

function parsed(text: string): z.infer<typeof fileSchema> | undefined {
  try {
    return fileSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
