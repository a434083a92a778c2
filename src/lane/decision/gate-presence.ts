/** Tracks who stays at the gate: people who were admitted, and several at once. */

import type { Mode, Refused } from '../../access/decision.js';
import type { PersonId } from '../../base/ids.js';
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import type { FaceReport, FrameReport } from '../../vision/ports/vision.js';

/** The face of the one person at the gate; absent where there is none, or more than one. */
export const faceAlone = ({ gate, faces }: FrameReport): FaceReport | undefined =>
  gate.who === 'one' ? faces.find(({ track }) => track === gate.track) : undefined;

/** Until they have left: no one is admitted again only because they stayed. */
export interface RecentAdmissions {
  /** Whether a face of this person does not open again: they were let through and have not been gone since. */
  has(person: PersonId, now: Monotonic): boolean;
  /** Whether they were admitted within one passage; for a badge, which a person presents again on purpose. */
  justNow(person: PersonId, now: Monotonic): boolean;
  add(person: PersonId, now: Monotonic): void;
  /** They are still in view. */
  seen(person: PersonId, now: Monotonic): void;
  /** Nothing was opened. */
  delete(person: PersonId): void;
  /** The camera gives no frames from now on: no one counts as gone before it does again. */
  blind(): void;
}

interface Entry {
  readonly at: Monotonic;
  readonly seenAt: Monotonic;
}

/** @param passage how long one passage takes; who was not seen for longer is gone. */
export function createRecentAdmissions(passage: Millis): RecentAdmissions {
  const people = new Map<PersonId, Entry>();
  let isBlind = false;
  const forgetThoseGone = (now: Monotonic): void => {
    for (const [person, { at, seenAt }] of people) {
      if (isBlind) people.set(person, { at, seenAt: now });
      else if (now - seenAt > passage) people.delete(person);
    }
    isBlind = false;
  };
  return {
    has(person, now) {
      forgetThoseGone(now);
      return people.has(person);
    },
    justNow(person, now) {
      const entry = people.get(person);
      return entry !== undefined && now - entry.at <= passage;
    },
    add(person, now) {
      if (!isBlind) forgetThoseGone(now);
      people.set(person, { at: now, seenAt: now });
    },
    seen(person, now) {
      const entry = people.get(person);
      if (entry !== undefined) people.set(person, { at: entry.at, seenAt: now });
    },
    delete: (person) => void people.delete(person),
    blind() {
      isBlind = true;
    },
  };
}

/** A detector that briefly loses one of two faces does not make a new crowd. */
const GAP: Millis = millis(1000);

/** Reports once that several people are at the gate, when they stay. */
interface CrowdTracker {
  see(frame: FrameReport, mode: Mode): readonly Refused[];
}

export function createCrowdTracker(refuseAfter: Millis): CrowdTracker {
  let crowd: { readonly since: Monotonic; last: Monotonic; reported: boolean } | undefined;
  return {
    see({ gate, at }, mode) {
      if (gate.who !== 'several') return [];
      if (crowd === undefined || at - crowd.last > GAP) crowd = { since: at, last: at, reported: false };
      crowd.last = at;
      if (crowd.reported || at - crowd.since < refuseAfter) return [];
      crowd.reported = true;
      return [{ verdict: 'refused', reason: 'several-at-gate', mode, frames: 0, frameAt: at }];
    },
  };
}
