/** Looks up the names of people on this box, for a command that shows what happens while the service works. */
import type { Clock } from '../../base/clock.js';
import { openDatabase } from '../../records/sql/sqlite/sqlite-database.js';
import type { Config } from '../config/config-schema.js';
import { databaseFile } from './open-gallery.js';

/** People who were enrolled meanwhile have their name within this time, in ms. */
const AGAIN_AFTER = 10_000;

export interface PeopleNames {
  /** What was last read; a person that is not in it is looked for once more in the background. */
  nameOf(person: string): string | undefined;
}

/** Reads all names, and again when an unknown person is asked for. Without a database there are none. */
export async function peopleNames(
  config: Pick<Config, 'data_dir'>,
  clock: Pick<Clock, 'monotonic'>,
): Promise<PeopleNames> {
  let names = await readNames(config);
  let next = clock.monotonic() + AGAIN_AFTER;
  return {
    nameOf(person) {
      const name = names.get(person);
      if (name === undefined && clock.monotonic() >= next) {
        next = clock.monotonic() + AGAIN_AFTER;
        void readNames(config).then((fresh) => {
          names = fresh;
        });
      }
      return name;
    },
  };
}

/** Opened and closed each time: a connection that stays open would keep a database that is replaced. */
async function readNames(config: Pick<Config, 'data_dir'>): Promise<ReadonlyMap<string, string>> {
  try {
    const database = await openDatabase(databaseFile(config), 'refuse');
    try {
      const rows = await database.survey((sql) =>
        sql.all<{ readonly id: string; readonly name: string }>('SELECT id, name FROM people'),
      );
      return new Map(rows.map(({ id, name }) => [id, name]));
    } finally {
      await database.close();
    }
  } catch {
    // Decisions are shown all the same, by the ids of people.
    return new Map();
  }
}
