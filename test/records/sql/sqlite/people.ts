/** A database with people in it whose traces can be told from anything else. */
import { readFile } from 'node:fs/promises';
import { badgeId, modelDigest, personId } from '../../../../src/base/ids.js';
import { wallTime } from '../../../../src/base/units.js';
import { openGallery } from '../../../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../../src/records/sql/sqlite/sqlite-journal.js';

export const KEY = Buffer.alloc(32, 7);
export const ada = personId('ada-lovelace-1815');
export const bob = personId('bob');
export const digest = modelDigest('d'.repeat(64));
export const NAME = 'Augusta Ada King, Countess of Lovelace';
export const BADGE = badgeId('badge-no-18151210');
export const VECTOR = Float32Array.from({ length: 128 }, (_, place) => Math.sin(1 + place));

/** Ada and Bob, a journal row and a message about each. */
export async function peopled(file: string, key: Uint8Array = KEY) {
  const database = await openDatabase(file);
  const gallery = await openGallery(database, key);
  const journal = openJournal(database);
  for (const [id, name] of [
    [ada, NAME],
    [bob, 'Bob'],
  ] as const) {
    await gallery.apply([
      {
        kind: 'put-person',
        person: { id, name, consent: { textVersion: '1', givenAt: wallTime(0), until: wallTime(5000) } },
      },
      {
        kind: 'add-template',
        template: {
          person: id,
          digest,
          source: `${id}`.padEnd(64, '0'),
          vector: VECTOR,
          createdAt: wallTime(0),
        },
      },
    ]);
    const body = { verdict: 'granted', person: id, frames: 3 };
    await journal.append(
      { kind: 'decision', subject: `d-${id.length}`, at: wallTime(1000), body },
      { id: `m-${id.length}`, topic: 't', payload: JSON.stringify({ v: 1, ...body, name }) },
    );
  }
  await gallery.apply([{ kind: 'add-badge', badge: BADGE, person: ada }]);
  await journal.append({
    kind: 'decision',
    subject: 'd-badge',
    at: wallTime(2000),
    body: { verdict: 'refused', badge: BADGE },
  });
  return { database, gallery, journal };
}

/** Which of these words stand in a file or in its log, however they got there. */
export async function wordsIn(
  file: string,
  words: readonly (string | Uint8Array)[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const end of ['', '-wal']) {
    const bytes = await readFile(file + end).catch(() => Buffer.alloc(0));
    for (const word of words)
      if (bytes.includes(Buffer.from(word))) found.push(`${Buffer.from(word).toString('latin1')}${end}`);
  }
  return found;
}
