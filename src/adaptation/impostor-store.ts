/** Keeps counts of distances between faces that lanes met and people that they are not. They name no one and are not encrypted. */
import { z } from 'zod';
import type { ModelDigest } from '../base/ids.js';
import type { CaptureCondition } from '../biometrics/conditions/capture-condition.js';
import {
  addDistances,
  COUNT_BINS,
  type MetSource,
  noCounts,
} from '../biometrics/statistics/impostor-counts.js';
import { centreClass, type MetCounts } from '../lane/gallery-through.js';
import { conditionOf } from '../records/people/gallery-people.js';
import type { Sql, Tables } from '../records/sql-port.js';

/** What is counted together. */
interface CountKey {
  /** Of encoder and head. */
  readonly comparison: ModelDigest;
  /** Where the face was. */
  readonly live: CaptureCondition;
  readonly template: CaptureCondition;
  /** People of the live side's centre, 0 or more. */
  readonly centredBy: number;
  readonly day: string;
  readonly source: MetSource;
}

export interface ImpostorStore {
  /** Counts one face. More than 300 of a day are not taken: the day's bound on an attacker who shapes the counts. */
  add(key: CountKey, distances: readonly number[]): Promise<void>;
  /** Of faces under this condition, of the newest days. */
  load(live: CaptureCondition): Promise<readonly MetCounts[]>;
}

/** Of one condition and day. */
const MOST_PROBES = 300;
/** As a moved camera, a new lamp or a pair of glasses must not count for ever. */
export const COUNTED_DAYS = 14;
const DAY_MS = 86_400_000;

interface CountRow {
  readonly comparison: string;
  readonly template: string;
  readonly centred_by: number;
  readonly day: string;
  readonly source: MetSource;
  readonly probes: number;
  readonly bins: string;
}

const stored = z.array(
  z.tuple([
    z
      .int()
      .min(0)
      .max(COUNT_BINS - 1),
    z.int().min(1),
  ]),
);

/** The database stays the caller's to close. */
export const openImpostorStore = (tables: Pick<Tables, 'read' | 'write'>): ImpostorStore => ({
  add: (key, distances) => tables.write((sql) => addIn(sql, key, distances)),
  load: (live) =>
    tables.read(async (sql) => {
      const rows = await sql.all<CountRow>(
        'SELECT comparison, template, centred_by, day, source, probes, bins FROM impostor_counts WHERE live = ?',
        live,
      );
      return rows.flatMap(({ comparison, template, centred_by, bins, ...row }) => ({
        ...row,
        comparison: comparison as ModelDigest,
        template: conditionOf(template),
        centredBy: centred_by,
        bins: binsOf(bins),
      }));
    }),
});

async function addIn(
  sql: Sql,
  { comparison, live, template, centredBy, day, source }: CountKey,
  distances: readonly number[],
): Promise<void> {
  const key = [comparison, live, template, centreClass(centredBy), day, source] as const;
  const before = await sql.one<Pick<CountRow, 'probes' | 'bins'>>(
    `SELECT probes, bins FROM impostor_counts
       WHERE comparison = ? AND live = ? AND template = ? AND centred_by = ? AND day = ? AND source = ?`,
    ...key,
  );
  const probes = before?.probes ?? 0;
  if (probes >= MOST_PROBES) return;
  const bins = addDistances(before === undefined ? noCounts() : binsOf(before.bins), distances);
  await sql.run(
    `INSERT INTO impostor_counts VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET probes = excluded.probes, bins = excluded.bins`,
    ...key,
    probes + 1,
    JSON.stringify([...bins.entries()].filter(([, count]) => count > 0)),
  );
  const oldest = new Date(Date.parse(day) - COUNTED_DAYS * DAY_MS).toISOString().slice(0, 10);
  await sql.run('DELETE FROM impostor_counts WHERE day < ?', oldest);
}

/** Counts that cannot be read count as none: they only ever make a lane stricter. */
function binsOf(text: string): readonly number[] {
  const bins = noCounts();
  try {
    for (const [bin, count] of stored.parse(JSON.parse(text))) bins[bin] = count;
  } catch {
    return noCounts();
  }
  return bins;
}
