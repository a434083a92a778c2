/**
 * Writes to a database without end and says what is durable: people, journal rows, erasures, backups, new keys. What
 * fails is said and tried again, as a lane does. Arguments: the file, and which kinds of work it does.
 */
import { writeSync } from 'node:fs';
import { explain } from '../../../src/base/errors.js';
import { modelDigest, personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import type { GalleryChange } from '../../../src/records/people/person.js';
import { openGallery } from '../../../src/records/people/sql-gallery.js';
import { openDatabase } from '../../../src/records/sql/sqlite/sqlite-database.js';
import { openJournal } from '../../../src/records/sql/sqlite/sqlite-journal.js';

const [, , file = '', pause = '0'] = process.argv;
const say = (what: object) => void writeSync(1, `${JSON.stringify(what)}\n`);
const database = await openDatabase(file);
const gallery = await openGallery(database, Buffer.alloc(32, 1));
const journal = openJournal(database);
say({ kind: 'started', pid: process.pid });

const enrolled = (id: string, round: number): readonly GalleryChange[] => [
  // Removed first, so that a half-applied change would be seen as a missing person.
  { kind: 'remove-person', person: personId(id) },
  {
    kind: 'put-person',
    person: { id: personId(id), name: `${round}`, consent: { textVersion: '1', givenAt: wallTime(1) } },
  },
  {
    kind: 'add-template',
    template: {
      person: personId(id),
      digest: modelDigest('d'.repeat(64)),
      source: `${round}`.padStart(64, '0'),
      vector: new Float32Array(128).fill(round),
      createdAt: wallTime(1),
    },
  },
];
const trying = async (work: () => Promise<object>) => {
  try {
    say(await work());
  } catch (error) {
    // A disk that fails now may be well again at the next entry: this is what a lane does.
    say({ kind: 'failed', detail: explain(error) });
  }
};

for (let round = Number((await gallery.find(personId('ada')))?.person.name ?? 0) + 1; ; round += 1) {
  await trying(async () => {
    await gallery.apply([...enrolled('ada', round), ...enrolled('bob', round)]);
    return { kind: 'people', round };
  });
  for (let each = 0; each < 4; each += 1)
    await trying(async () => {
      const id = `d${process.pid}-${round}-${each}`;
      const { seq, hash } = await journal.append(
        { kind: 'decision', subject: id, at: wallTime(round), body: { verdict: 'granted', person: 'ada' } },
        { id, topic: 't', payload: '{}' },
      );
      return { kind: 'durable', seq, hash };
    });
  if (pause !== '0') await new Promise((resolve) => setTimeout(resolve, Number(pause)));
}
