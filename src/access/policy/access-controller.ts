/** Applies one site's access rules for every lane, and remembers who passed. No I/O; time comes in with each call. */
import type { LaneId, PersonId } from '../../base/ids.js';
import type { Millis, Monotonic, WallTime } from '../../base/units.js';
import type { Person } from '../../records/people/person.js';
import { blankRecord, type PersonRecord } from './access-record.js';
import { withoutPassage, withPassage } from './anti-passback.js';
import { settleDays } from './clock-ahead.js';
import { type Asked, askedBy, policyAt } from './credentials.js';
import { type AccessAnswer, type AccessRequest, evaluatePolicy } from './evaluate-policy.js';
import {
  type AccessModel,
  badgeSufficesFor,
  isFreeExit,
  type LanePolicy,
  type OperatorMode,
  policyOf,
} from './model.js';
import { quotasOn, withCount } from './quota.js';

interface Passage {
  readonly person: PersonId;
  readonly lane: LaneId;
  readonly direction: 'in' | 'out';
  readonly now: Monotonic;
  readonly at: WallTime;
}

/** It is certain after all that the gate did not open. */
export type TakeBack = () => void;

/** Takes note of what became of the passages that were admitted. */
interface PassageLog {
  /** The gate opened, or may have. @returns takes it back, unless something was recorded of the person since. */
  opened(passage: Passage): TakeBack;
  /** The gate's sensor detected their passage. */
  passed(passage: Passage): void;
  /** It is certain that nothing was opened. */
  withdrawn(person: PersonId, lane: LaneId): void;
}

export interface AccessController extends PassageLog {
  /** Which credentials the lane accepts now; nothing when the lane's own rules decide. */
  asked(lane: LaneId, at: WallTime): Asked | undefined;
  /** Whether the person's badge opens by itself at the lane, whatever else it asks for. */
  badgeSuffices(person: PersonId, lane: LaneId): boolean;
  /** Locks no person: for the check just before a grant, and for a trial. */
  check(request: AccessRequest): AccessAnswer;
  /** As check, and if they may pass, locks the person to this lane. To be followed by `opened` or `withdrawn`. */
  admit(request: AccessRequest): AccessAnswer;
  /** An operator clears anti-passback. @param person absent: all. */
  reset(person?: PersonId): void;
  /** Erased: nothing is remembered of the person any more. */
  forget(person: PersonId): void;
  /** New rules; who is where is kept. */
  replace(model: AccessModel): void;
  readonly records: ReadonlyMap<PersonId, PersonRecord>;
}

/** Days change seldom. Between two passes over all records no decision uses a stale one, because each request settles its own. */
const SETTLE_EVERY_MS = 60_000;

/** @param onSettled called for a person whose record was found to name a day that has not come, or no longer to do so. */
export const createAccessController = (
  first: AccessModel,
  remembered: ReadonlyMap<PersonId, PersonRecord> = new Map(),
  onSettled: (person: PersonId) => void = () => {},
): AccessController => new ModelAccessController(first, remembered, onSettled);

class ModelAccessController implements AccessController {
  #model: AccessModel;
  #personLocks: PersonLocks;
  readonly #records: Map<PersonId, PersonRecord>;
  readonly #onSettled: (person: PersonId) => void;
  #settledAt = Number.NaN;

  constructor(
    model: AccessModel,
    remembered: ReadonlyMap<PersonId, PersonRecord>,
    onSettled: (person: PersonId) => void,
  ) {
    this.#model = model;
    this.#personLocks = createPersonLocks(model.claimHold);
    this.#records = new Map(remembered);
    this.#onSettled = onSettled;
  }

  get records(): ReadonlyMap<PersonId, PersonRecord> {
    return this.#records;
  }

  asked(lane: LaneId, at: WallTime): Asked | undefined {
    this.#settleAll(at);
    const { credentials } = policyOf(this.#model, lane);
    return credentials === undefined ? undefined : askedBy(policyAt(credentials, at));
  }

  badgeSuffices(person: PersonId, lane: LaneId): boolean {
    return badgeSufficesFor(policyOf(this.#model, lane), this.#model.groupsOf(person));
  }

  check(request: AccessRequest): AccessAnswer {
    return this.#evaluate(request, 'isFree');
  }

  admit(request: AccessRequest): AccessAnswer {
    return this.#evaluate(request, 'take');
  }

  opened(passage: Passage): TakeBack {
    const { person, lane } = passage;
    const before = this.#records.get(person);
    this.#count('opened', passage);
    const after = this.#records.get(person);
    return () => {
      this.withdrawn(person, lane);
      if (after !== before && this.#records.get(person) === after)
        this.#records.set(person, before ?? blankRecord);
    };
  }

  passed(passage: Passage): void {
    this.#count('passed', passage);
  }

  withdrawn(person: PersonId, lane: LaneId): void {
    this.#personLocks.release(person, lane);
  }

  reset(person?: PersonId): void {
    for (const one of person === undefined ? [...this.#records.keys()] : [person])
      this.#records.set(one, withoutPassage(this.#recordOf(one)));
  }

  forget(person: PersonId): void {
    this.#records.delete(person);
  }

  replace(next: AccessModel): void {
    if (next.claimHold !== this.#model.claimHold) this.#personLocks = createPersonLocks(next.claimHold);
    this.#model = next;
  }

  #evaluate(request: AccessRequest, lock: 'isFree' | 'take'): AccessAnswer {
    const { person, lane, mode, direction, now } = request;
    this.#settle(person, request.at);
    const answer = evaluatePolicy(this.#model, this.#recordOf(person), request);
    const needsLock = answer.allowed && !isFreeExit(mode, direction);
    if (!needsLock || this.#personLocks[lock](person, lane, now)) return answer;
    return { allowed: false, reason: 'locked-at-another-lane', notices: answer.notices };
  }

  /** Counts a passage where the lane's policy counts it at this step. */
  #count(step: LanePolicy['counts'], { person, lane, direction, now, at }: Passage): void {
    const model = this.#model;
    const { counts, zones } = policyOf(model, lane);
    if (counts !== step) return;
    const passed = withPassage(this.#recordOf(person), { direction, zones }, { now, at }, model.passback);
    const quotas = quotasOn(model.quotas, model.groupsOf(person), lane);
    this.#records.set(
      person,
      quotas.reduce((record, quota) => withCount(record, quota, at), passed),
    );
  }

  #recordOf(person: PersonId): PersonRecord {
    return this.#records.get(person) ?? blankRecord;
  }

  #settleAll(at: WallTime): void {
    if (!Number.isFinite(at) || Math.abs(at - this.#settledAt) < SETTLE_EVERY_MS) return;
    this.#settledAt = at;
    for (const person of this.#records.keys()) this.#settle(person, at);
  }

  #settle(person: PersonId, at: WallTime): void {
    const before = this.#records.get(person);
    if (before === undefined) return;
    const after = settleDays(before, this.#model, at);
    if (after === before) return;
    this.#records.set(person, after);
    this.#onSettled(person);
  }
}

/** A lane's view of the access rules that all lanes of one box share. */
export interface SiteAccess {
  /** Absent: all who are recognised may pass. */
  readonly controller?: AccessController;
  /** The mode that an operator has set for this lane. */
  readonly mode: () => OperatorMode;
  /** As enrolled, with or without a face. */
  readonly personOf: (person: PersonId) => Promise<Person | undefined>;
  /** The record of a person has changed. */
  readonly onRecord?: (person: PersonId) => void;
}

/** Locks a person to the lane that lets them through: no one is let in at two neighbouring lanes at once. */
interface PersonLocks {
  /** Whether no other lane has the person. */
  isFree(person: PersonId, lane: LaneId, now: Monotonic): boolean;
  /** The first lane wins, and may take the lock again. @returns whether `lane` now has the person. */
  take(person: PersonId, lane: LaneId, now: Monotonic): boolean;
  /** The gate did not open. Only the lane that has the lock can release it. */
  release(person: PersonId, lane: LaneId): void;
}

/** @param hold how long a lock lasts: as long as a person can be in view of two lanes, 0 or more. */
export function createPersonLocks(hold: Millis): PersonLocks {
  const held = new Map<PersonId, { readonly lane: LaneId; readonly at: Monotonic }>();
  const dropOld = (now: Monotonic) => {
    for (const [person, { at }] of held) if (now - at > hold) held.delete(person);
  };
  const isFree = (person: PersonId, lane: LaneId, now: Monotonic): boolean => {
    if (!Number.isFinite(now)) return false;
    dropOld(now);
    const claim = held.get(person);
    return claim === undefined || claim.lane === lane;
  };
  return {
    isFree,
    take(person, lane, now) {
      if (!isFree(person, lane, now)) return false;
      held.set(person, { lane, at: now });
      return true;
    },
    release(person, lane) {
      if (held.get(person)?.lane === lane) held.delete(person);
    },
  };
}
