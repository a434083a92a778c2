import { z } from 'zod';
import { type LaneId, type PersonId, personId } from '../../base/ids.js';
import { monotonic } from '../../base/units.js';
import type { PersonRecord } from './access-record.js';

/** What the access rules remember over a restart. */
export interface AccessStore {
  /** By person: text of saved-records.ts. */
  records(): Promise<ReadonlyMap<PersonId, string>>;
  /** Does nothing for a person who is no longer enrolled: a record goes with its person. */
  save(person: PersonId, record: string): Promise<void>;
  /** The modes that operators have set for lanes, where it was ever another than the usual. */
  modes(): Promise<ReadonlyMap<LaneId, string>>;
  saveMode(lane: LaneId, mode: string): Promise<void>;
}

const time = z.number().transform(monotonic);
const dated = { day: z.string(), aheadSince: z.string().optional() };
const savedRecords = z.object({
  v: z.literal(1),
  /** Of the machine's run: monotonic times of another one mean nothing. */
  boot: z.string(),
  people: z.record(
    z.string(),
    z.object({
      zone: z.object({ id: z.string(), ...dated }).optional(),
      passed: z.record(z.string(), time),
      counts: z.record(z.string(), z.object({ count: z.int().min(0), ...dated })),
    }),
  ),
});

/** @param boot id of this run of the machine, such as /proc/sys/kernel/random/boot_id. */
export const saveRecords = (records: ReadonlyMap<PersonId, PersonRecord>, boot: string): string =>
  JSON.stringify({ v: 1, boot, people: Object.fromEntries(records) });

/** @returns nothing when the text is not of this kind; times of another run are left out, zones and counts are kept. */
export function restoreRecords(text: string, boot: string): ReadonlyMap<PersonId, PersonRecord> | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Text that is not JSON is no record; the caller reports that and starts with none.
    return undefined;
  }
  const saved = savedRecords.safeParse(json).data;
  if (saved === undefined) return undefined;
  return new Map(
    Object.entries(saved.people).map(([id, record]) => [
      personId(id),
      saved.boot === boot ? record : { ...record, passed: {} },
    ]),
  );
}
