/** Has the journal of a box gone back since it was seen last? What a box signed once must be in its journal for ever. */
import { isGenuineHead, type JournalHead } from '../../records/journal/journal-head.js';
import { type DeviceStatus, deviceOf } from './device-status.js';
import type { LaneReport } from './lane-status.js';

/** Codes are API, together with those of `DeviceFault`. */
type HeadFault = 'journal-went-back' | 'journal-other-key' | 'journal-unsigned' | 'journal-missing';

export interface KnownHead {
  readonly seq: number;
  readonly hash: string;
  /** When the box signed it, ISO 8601. */
  readonly at: string;
  /** Public key of the box (PEM), as it was first seen. */
  readonly key: string;
  /** Stays until an administrator removes it: a journal that grows past the old number is no proof of the lost rows. */
  readonly fault?: { readonly code: HeadFault; readonly words: string } | undefined;
}

/** By "SITE/DEVICE". */
export type KnownHeads = ReadonlyMap<string, KnownHead>;

export const headNameOf = ({ site, device }: Pick<DeviceStatus, 'site' | 'device'>): string =>
  `${site}/${device}`;

export interface HeadAlarm {
  readonly code: HeadFault;
  readonly words: string;
}

interface CheckedHeads {
  readonly known: KnownHeads;
  readonly alarms: ReadonlyMap<string, HeadAlarm>;
}

/** A client with the right to publish as a lane may make up boxes. */
const MAX_KNOWN = 100_000;

/** Pure. @param known of the last time. @returns what is to be known the next time, and what is wrong now. */
export function checkHeads(reports: readonly LaneReport[], known: KnownHeads): CheckedHeads {
  const next = new Map(known);
  const alarms = new Map<string, HeadAlarm>();
  for (const [name, lanes] of byDevice(reports)) {
    const before = known.get(name);
    const { fault, head } = faultOf(lanes, before);
    const current = before?.fault ?? fault;
    if (current !== undefined) alarms.set(name, current);
    // What went back is not taken for what is known, and neither is what another key signed.
    if (fault === undefined && head !== undefined && (before !== undefined || next.size < MAX_KNOWN)) {
      const { seq, hash, at, key } = head;
      next.set(name, { seq, hash, at, key, fault: before?.fault });
    } else if (before !== undefined && fault?.code === 'journal-went-back')
      next.set(name, { ...before, fault: current });
  }
  return { known: next, alarms };
}

function byDevice(reports: readonly LaneReport[]): ReadonlyMap<string, readonly LaneReport[]> {
  const groups = new Map<string, LaneReport[]>();
  for (const report of reports) {
    const name = headNameOf({ site: report.site, device: deviceOf(report) });
    groups.set(name, [...(groups.get(name) ?? []), report]);
  }
  return groups;
}

interface HeadCheck {
  readonly fault?: HeadAlarm;
  /** The newest. */
  readonly head?: JournalHead;
}

function faultOf(lanes: readonly LaneReport[], before: KnownHead | undefined): HeadCheck {
  // What a lane that is away left at the broker may be older than a loss.
  const online = lanes.filter(({ isOnline }) => isOnline === true);
  const heads = (online.length > 0 ? online : lanes).flatMap(({ site, journal }) =>
    journal === undefined ? [] : [{ site, journal }],
  );
  const forged = heads.find(({ site, journal }) => journal.site !== site || !isGenuineHead(journal));
  if (forged !== undefined)
    return alarm('journal-unsigned', `its head ${forged.journal.seq} is not signed by the key that it names`);
  const newest = heads
    .map(({ journal }) => journal)
    .reduce<JournalHead | undefined>(
      (best, report) => (best === undefined || report.seq > best.seq ? report : best),
      undefined,
    );
  if (newest === undefined) {
    const isGone = before !== undefined && online.length > 0;
    return isGone
      ? alarm('journal-missing', `it signed row ${before.seq} before, and says nothing of its journal now`)
      : {};
  }
  const twin = heads.find(({ journal }) => journal.seq === newest.seq && journal.hash !== newest.hash);
  if (twin !== undefined)
    return alarm('journal-went-back', `its lanes tell of two different rows ${newest.seq}`);
  if (before === undefined) return { head: newest };
  if (newest.key.trim() !== before.key.trim())
    return alarm(
      'journal-other-key',
      `row ${newest.seq} is signed by another key than row ${before.seq} of ${before.at}`,
    );
  if (newest.seq < before.seq)
    return alarm(
      'journal-went-back',
      `row ${before.seq} was signed ${before.at}, and row ${newest.seq} is its newest now`,
    );
  if (newest.seq === before.seq && newest.hash !== before.hash)
    return alarm('journal-went-back', `row ${newest.seq} is another one than was signed ${before.at}`);
  return { head: newest };
}

const alarm = (code: HeadFault, words: string): HeadCheck => ({ fault: { code, words } });
