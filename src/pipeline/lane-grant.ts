/** From a ruling to an open gate: written down first, checked once more, asked for once, and its end written down. */
import { type DecisionId, grantId } from '../base/ids.js';
import { type Monotonic, millis, monotonic } from '../base/units.js';
import type { Granted, Refused } from '../decision/decision.js';
import type { LaneJudge, Moment } from './lane-judge.js';
import type { LaneOutcome, LaneParts } from './lane-parts.js';
import type { LaneRecord } from './lane-record.js';
import type { GateClient } from './open-gate.js';

export interface Doorkeeper {
  /** False while a grant is under way, and while somebody who was let in is still on the way through. */
  free(now: Monotonic): boolean;
  grant(ruling: Granted): Promise<void>;
  refuse(ruling: Refused): Promise<void>;
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
  }: { readonly gate: GateClient; readonly judge: LaneJudge; readonly record: LaneRecord },
  moment: () => Moment,
  signal: AbortSignal,
): Doorkeeper {
  const { clock, pulse, direction } = parts;
  let underWay = false;
  let busyUntil = monotonic(Number.NEGATIVE_INFINITY);

  const open = async (id: DecisionId, ruling: Granted): Promise<LaneOutcome> => {
    if (signal.aborted) return { outcome: 'withdrawn', reason: 'stopping' };
    const reason = judge.objectionNow(ruling, moment());
    if (reason !== undefined) return { outcome: 'withdrawn', reason };
    return gate.open({ grant: grantId(id), direction, pulse });
  };
  const settle = (ruling: Granted, outcome: LaneOutcome) => {
    const now = clock.monotonic();
    // Whoever did not answer may have opened all the same.
    if (mayHaveOpened(outcome)) busyUntil = monotonic(now + pulse);
    if (!canTryAgain(outcome)) return;
    busyUntil = monotonic(now + PAUSE);
    judge.rearm(ruling);
  };

  return {
    free: (now) => !underWay && now >= busyUntil,
    async grant(ruling) {
      underWay = true;
      try {
        const decision = record.decide(ruling, clock.monotonic());
        const isWritten = await record.decision(decision);
        const outcome: LaneOutcome = isWritten
          ? await open(decision.id, ruling)
          : { outcome: 'journal-failed' };
        settle(ruling, outcome);
        if (isWritten) await record.outcome(decision.id, outcome);
        parts.onDecision?.(decision, outcome);
      } finally {
        underWay = false;
      }
    },
    async refuse(ruling) {
      const decision = record.decide(ruling, clock.monotonic());
      await record.decision(decision);
      parts.onDecision?.(decision);
    },
    passed() {
      busyUntil = monotonic(Number.NEGATIVE_INFINITY);
    },
  };
}

const mayHaveOpened = ({ outcome }: LaneOutcome): boolean =>
  outcome === 'opened' || outcome === 'pulsed' || outcome === 'gate-unreachable';

/** Only where it is certain that the gate did not open and will not, and where the fault lies in the moment. */
function canTryAgain(outcome: LaneOutcome): boolean {
  return (
    outcome.outcome === 'withdrawn' ||
    outcome.outcome === 'journal-failed' ||
    (outcome.outcome === 'refused' && outcome.reason === 'busy')
  );
}
