/** From a ruling to an open gate: asked of the access rules, written down, checked once more, asked for once, and its end written down. */
import { type DecisionId, grantId } from '../../base/ids.js';
import { type Monotonic, millis, monotonic } from '../../base/units.js';
import type { AccessNotice } from '../../decision/access/notices.js';
import type { AccessReason } from '../../decision/access/reasons.js';
import { type Granted, isByFace, type Refused } from '../../decision/decision.js';
import type { GateClient } from '../gate/open-gate.js';
import { type LaneAccess, mayHaveOpened } from './access.js';
import { objectionToBadgeNow } from './badge-now.js';
import type { LaneJudge, Moment } from './judge/judge.js';
import { refusalOf } from './judge/ruling.js';
import type { LaneOutcome, LaneParts } from './parts.js';
import type { LaneRecord } from './record.js';

export interface Doorkeeper {
  /** False while a grant is under way, and while somebody who was let in is still on the way through. */
  free(now: Monotonic): boolean;
  /** How it ended, or why the access rules refused it. */
  grant(
    ruling: Granted,
  ): Promise<LaneOutcome | { readonly outcome: 'no-access'; readonly reason: AccessReason }>;
  refuse(ruling: Refused, notices?: readonly AccessNotice[]): Promise<void>;
  /** Whoever was let in has passed. */
  passed(): void;
}

/** After a failure that sent nothing the same person may be decided on again, but not thirty times a second. */
const PAUSE = millis(1000);

export function createDoorkeeper(
  parts: LaneParts,
  {
    gate,
    judge,
    record,
    access,
  }: {
    readonly gate: GateClient;
    readonly judge: LaneJudge;
    readonly record: LaneRecord;
    readonly access: LaneAccess;
  },
  moment: () => Moment,
  signal: AbortSignal,
): Doorkeeper {
  const { clock, pulse, direction } = parts;
  let underWay = false;
  let busyUntil = monotonic(Number.NEGATIVE_INFINITY);

  const open = async (id: DecisionId, ruling: Granted): Promise<LaneOutcome> => {
    if (signal.aborted) return { outcome: 'withdrawn', reason: 'stopping' };
    const badge = await objectionToBadgeNow(parts, ruling);
    const reason =
      badge ??
      (isByFace(ruling) ? judge.objectionNow(ruling, moment()) : undefined) ??
      access.objection(ruling, moment());
    if (reason !== undefined) return { outcome: 'withdrawn', reason };
    return gate.open({ grant: grantId(id), direction, pulse });
  };
  const settle = (ruling: Granted, outcome: LaneOutcome) => {
    const now = clock.monotonic();
    // Whoever did not answer may have opened all the same.
    if (mayHaveOpened(outcome)) busyUntil = monotonic(now + pulse);
    if (!canTryAgain(outcome)) return judge.done();
    busyUntil = monotonic(now + PAUSE);
    judge.rearm(ruling);
  };
  const tell = async (notices: readonly AccessNotice[], decision: DecisionId) => {
    for (const notice of notices) {
      parts.onNote?.({ kind: 'access', notice: notice.notice });
      await record.notice(notice, decision);
    }
  };
  const refuse = async (ruling: Refused, notices: readonly AccessNotice[] = []) => {
    const decision = record.decide(ruling, clock.monotonic());
    await record.decision(decision);
    parts.onDecision?.(decision);
    await tell(notices, decision.id);
  };

  return {
    free: (now) => !underWay && now >= busyUntil,
    async grant(ruling) {
      const { objection, notices } = access.admit(ruling, moment());
      if (objection !== undefined) {
        judge.bar(ruling);
        await refuse(refusalOf(ruling, objection), notices);
        return { outcome: 'no-access', reason: objection };
      }
      underWay = true;
      try {
        const decision = record.decide(ruling, clock.monotonic());
        const isWritten = await record.decision(decision);
        // A full disk must not keep anybody inside.
        const mayOpen = isWritten || ruling.reason === 'free-exit';
        const outcome: LaneOutcome = mayOpen
          ? await open(decision.id, ruling)
          : { outcome: 'journal-failed' };
        settle(ruling, outcome);
        access.settled(ruling, decision.id, outcome);
        if (isWritten) await record.outcome(decision.id, outcome);
        parts.onDecision?.(decision, outcome);
        await tell(notices, decision.id);
        return outcome;
      } finally {
        underWay = false;
      }
    },
    refuse,
    passed() {
      busyUntil = monotonic(Number.NEGATIVE_INFINITY);
    },
  };
}

/** Only where it is certain that the gate did not open and will not, and where the fault lies in the moment. */
function canTryAgain(outcome: LaneOutcome): boolean {
  return (
    (outcome.outcome === 'withdrawn' && !outcome.reason.startsWith('badge-')) ||
    outcome.outcome === 'journal-failed' ||
    (outcome.outcome === 'refused' && outcome.reason === 'busy')
  );
}
