/** One site's access rules at work: answers every lane, and remembers who passed. No I/O; time comes in with each call. */
import type { LaneId, PersonId } from '../../base/ids.js';
import type { Monotonic, WallTime } from '../../base/units.js';
import { blankRecord, type PersonRecord } from './access-record.js';
import { withoutPassage, withPassage } from './anti-passback.js';
import { settleDays } from './clock-ahead.js';
import { type Asked, askedBy, policyAt } from './credentials.js';
import { type AccessAnswer, type AccessRequest, evaluatePolicy } from './evaluate-policy.js';
import { type AccessModel, policyOf } from './model.js';
import { isFreeExit } from './operator-mode.js';
import { createPersonLocks } from './person-locks.js';
import { quotasOn, withCount } from './quota.js';

export interface Passage {
  readonly person: PersonId;
  readonly lane: LaneId;
  readonly direction: 'in' | 'out';
  readonly now: Monotonic;
  readonly at: WallTime;
}

export interface AccessController {
  /** What the lane is to look for now; nothing when the lane's own rules decide. */
  asked(lane: LaneId, at: WallTime): Asked | undefined;
  /** Takes nobody: for the moment before a grant, and for asking "would they?". */
  check(request: AccessRequest): AccessAnswer;
  /** As check, and if they may pass no other lane gets them meanwhile. To be followed by `opened` or `withdrawn`. */
  admit(request: AccessRequest): AccessAnswer;
  /** The gate opened, or may have. */
  opened(passage: Passage): void;
  /** The gate's sensor saw them walk. */
  passed(passage: Passage): void;
  /** It is certain that nothing was opened. */
  withdrawn(person: PersonId, lane: LaneId): void;
  /** An operator clears anti-passback. @param person absent: everybody. */
  reset(person?: PersonId): void;
  /** Erased: nothing is remembered of the person any more. */
  forget(person: PersonId): void;
  /** New rules; who is where is kept. */
  replace(model: AccessModel): void;
  readonly records: ReadonlyMap<PersonId, PersonRecord>;
}

/** Days change seldom; between two looks at all records nobody is decided on by a stale one, because each request settles its own. */
const SETTLE_EVERY_MS = 60_000;

/** @param onSettled called for a person whose record was found to name a day that has not come, or no longer to do so. */
export function createAccessController(
  first: AccessModel,
  remembered: ReadonlyMap<PersonId, PersonRecord> = new Map(),
  onSettled: (person: PersonId) => void = () => {},
): AccessController {
  let model = first;
  let personLocks = createPersonLocks(model.claimHold);
  const records = new Map(remembered);
  const recordOf = (person: PersonId): PersonRecord => records.get(person) ?? blankRecord;
  let settledAt = Number.NaN;
  const settle = (person: PersonId, at: WallTime): void => {
    const before = records.get(person);
    if (before === undefined) return;
    const after = settleDays(before, model, at);
    if (after === before) return;
    records.set(person, after);
    onSettled(person);
  };
  const settleAll = (at: WallTime): void => {
    if (!Number.isFinite(at) || Math.abs(at - settledAt) < SETTLE_EVERY_MS) return;
    settledAt = at;
    for (const person of records.keys()) settle(person, at);
  };
  const ask = (how: 'isFree' | 'take', request: AccessRequest): AccessAnswer => {
    const { person, lane, mode, direction, now } = request;
    settle(person, request.at);
    const answer = evaluatePolicy(model, recordOf(person), request);
    if (!answer.allowed || isFreeExit(mode, direction) || personLocks[how](person, lane, now)) return answer;
    return { allowed: false, reason: 'locked-at-another-lane', notices: answer.notices };
  };

  const note = (when: 'opened' | 'passed', { person, lane, direction, now, at }: Passage) => {
    const { counts, zones } = policyOf(model, lane);
    if (counts !== when) return;
    const way = { direction, zones };
    const passed = withPassage(recordOf(person), way, { now, at }, model.passback);
    const quotas = quotasOn(model.quotas, model.groupsOf(person), lane);
    records.set(
      person,
      quotas.reduce((record, quota) => withCount(record, quota, at), passed),
    );
  };

  return {
    asked(lane, at) {
      settleAll(at);
      const { credentials } = policyOf(model, lane);
      return credentials === undefined ? undefined : askedBy(policyAt(credentials, at));
    },
    check: (request) => ask('isFree', request),
    admit: (request) => ask('take', request),
    opened: (passage) => note('opened', passage),
    passed: (passage) => note('passed', passage),
    withdrawn: (person, lane) => personLocks.release(person, lane),
    reset(person) {
      for (const one of person === undefined ? [...records.keys()] : [person])
        records.set(one, withoutPassage(recordOf(one)));
    },
    forget: (person) => {
      records.delete(person);
    },
    replace(next) {
      if (next.claimHold !== model.claimHold) personLocks = createPersonLocks(next.claimHold);
      model = next;
    },
    records,
  };
}
