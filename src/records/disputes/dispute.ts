/**
 * Rules for disputed passages: a guard or a person declares that it was not the person who was let in.
 *
 * What follows only makes stricter: templates that let the wrong face in are set aside, or the person needs a lower false
 * match rate at that camera. Nothing of the wrong face is kept; a rate, and which template came near, remain.
 */
import type { DecisionId, LaneId, PersonId } from '../../base/ids.js';
import { type FalseMatchRate, falseMatchRate, type WallTime } from '../../base/units.js';

/** What makes it stricter. */
export type Remedy =
  /** Templates of the person that open no gate of this box, by the SHA-256 of their photographs. */
  | { readonly kind: 'set-aside'; readonly sources: readonly string[] }
  /** Highest false match rate per comparison at which the person is let in at this lane, inclusive. */
  | { readonly kind: 'bound'; readonly rate: FalseMatchRate };

/** One declaration of one claimant about one decision. */
export interface Dispute {
  readonly id: string;
  readonly decision: DecisionId;
  readonly person: PersonId;
  readonly lane: LaneId;
  /** How the person was let in: a bound from identification leaves badge and face as they are. */
  readonly mode: 'identification' | 'verification';
  readonly remedy: Remedy;
  /** Whether the person can still pass there, by face or by badge. */
  readonly leavesWay: boolean;
  /** Who declared it: "unix:NAME" or "operator:ID". */
  readonly by: string;
  readonly at: WallTime;
  /** Exclusive. */
  readonly until: WallTime;
}

/** One template of the person, as the disputed passage and the person's other templates compare with it. */
interface ComparedTemplate {
  readonly source: string;
  /** The lowest rate among the looks of the passage. */
  readonly passage: FalseMatchRate;
  /** The lowest rate among the person's other templates; absent where there is none. */
  readonly own?: FalseMatchRate;
}

export interface DisputedPassage {
  /** All that count at this lane, 1 or more. */
  readonly templates: readonly ComparedTemplate[];
  /** Rate up to which the passage opened: the lane's bound, inclusive. */
  readonly bound: FalseMatchRate;
  /** Whether the person may pass here by a badge, whatever becomes of the face. */
  readonly hasBadgeWay: boolean;
}

/** A later look of the same wrong face may come this much nearer than the looks that are known. */
const STRICTER = 10;
/** Where only the decision's rate is known, which is that of its worst look. */
const STRICTER_UNSEEN = 100;

/** Days for which a dispute counts. */
export const DISPUTE_DAYS = 30;

export type Consequence = Pick<Dispute, 'remedy' | 'leavesWay'>;

/**
 * Derives what follows from a passage whose looks are still in memory.
 *
 * Templates are set aside where at least as many remain that the passage did not come near; otherwise the bound becomes
 * a tenth of the nearest look's rate.
 */
export function consequenceOf({ templates, bound, hasBadgeWay }: DisputedPassage): Consequence {
  const near = templates.filter(({ passage }) => passage <= bound);
  if (near.length > 0 && 2 * near.length <= templates.length)
    return {
      remedy: { kind: 'set-aside', sources: near.map(({ source }) => source).sort() },
      leavesWay: true,
    };
  const nearest = Math.min(...templates.map(({ passage }) => passage));
  return boundOf(nearest / STRICTER, templates, hasBadgeWay);
}

/**
 * Derives what follows where the looks are gone and only the decision's rate is known.
 * @param rate of the decision: that of the worst look that agreed.
 */
export const consequenceUnseen = (
  rate: FalseMatchRate,
  templates: readonly Pick<ComparedTemplate, 'own'>[],
  hasBadgeWay: boolean,
): Consequence => boundOf(rate / STRICTER_UNSEEN, templates, hasBadgeWay);

/** The person's own templates show whether looks of that person come as near as the bound asks. */
function boundOf(
  rate: number,
  templates: readonly Pick<ComparedTemplate, 'own'>[],
  hasBadgeWay: boolean,
): Consequence {
  const hasFaceWay = templates.some(({ own }) => own !== undefined && own <= rate);
  return { remedy: { kind: 'bound', rate: falseMatchRate(rate) }, leavesWay: hasBadgeWay || hasFaceWay };
}

/**
 * Returns the disputes that count now. One that would leave the person without any way in counts once a second claimant
 * disputes a passage of the same person at the same lane.
 */
export function inForce(disputes: readonly Dispute[], now: WallTime): readonly Dispute[] {
  const current = disputes.filter(({ at, until }) => at <= now && now < until);
  const isConfirmed = (one: Dispute): boolean =>
    current.some((other) => other.person === one.person && other.lane === one.lane && other.by !== one.by);
  return current.filter((one) => one.leavesWay || isConfirmed(one));
}

/** What holds for one person at one lane. */
export interface PersonLimit {
  /** Sources of templates that open nothing. */
  readonly aside: ReadonlySet<string>;
  /** Highest rate by face alone, inclusive; absent: the lane's own. */
  readonly identification?: FalseMatchRate;
  /** Highest rate with a badge, inclusive; absent: the lane's own. */
  readonly verification?: FalseMatchRate;
}

/** Returns the limits at one lane of all people who have one. Of several bounds the strictest counts. */
export function limitsAt(
  lane: LaneId,
  disputes: readonly Dispute[],
  now: WallTime,
): ReadonlyMap<PersonId, PersonLimit> {
  const limits = new Map<PersonId, PersonLimit>();
  for (const dispute of inForce(disputes, now)) {
    const before = limits.get(dispute.person) ?? NO_LIMIT;
    const after =
      dispute.lane === lane || dispute.remedy.kind === 'set-aside' ? added(before, dispute) : before;
    if (after !== NO_LIMIT) limits.set(dispute.person, after);
  }
  return limits;
}

const NO_LIMIT: PersonLimit = { aside: new Set() };

function added(before: PersonLimit, { remedy, mode }: Dispute): PersonLimit {
  if (remedy.kind === 'set-aside') return { ...before, aside: new Set([...before.aside, ...remedy.sources]) };
  const { identification, verification } = before;
  return {
    ...before,
    identification: stricter(identification, remedy.rate),
    verification: mode === 'verification' ? stricter(verification, remedy.rate) : verification,
  };
}

const stricter = (a: FalseMatchRate | undefined, b: FalseMatchRate): FalseMatchRate =>
  a === undefined || b < a ? b : a;
