/** From a ruling to an open gate: asked of the access rules, written down, checked once more, asked for once, and its end written down. */

import { type Granted, isByFace, type Refused } from '../access/decision.js';
import type { AccessReason } from '../access/policy/access-reasons.js';
import type { AccessAlert } from '../access/policy/alerts.js';
import { type DecisionId, grantId } from '../base/ids.js';
import { type Monotonic, millis, monotonic } from '../base/units.js';
import type { GateClient } from '../gate/gate-client.js';
import { objectionToBadgeNow } from './badge-claim.js';
import type { DecisionContext, DecisionEngine } from './decision/decision-engine.js';
import { refusalOf } from './decision/lane-decision.js';
import { type LaneAccess, mayHaveOpened } from './lane-access.js';
import type { LaneDependencies, LaneOutcome } from './lane-dependencies.js';
import type { LaneRecord } from './lane-journal.js';

export interface GrantExecutor {
  /** False while a grant is under way, and while somebody who was let in is still on the way through. */
  free(now: Monotonic): boolean;
  /** How it ended, or why the access rules refused it. */
  grant(
    ruling: Granted,
  ): Promise<LaneOutcome | { readonly outcome: 'no-access'; readonly reason: AccessReason }>;
  refuse(ruling: Refused, notices?: readonly AccessAlert[]): Promise<void>;
  /** Whoever was let in on this grant has passed. */
  passed(grant: string): void;
  /** Two different answers came to this grant: it is not known whether the gate opened, and nobody is tried again. */
  contradicted(grant: string): void;
  /** Call a few times a second: whoever was refused because the gate was busy may be decided on again after the pulse. */
  tick(now: Monotonic): void;
}

/** Grants whose two answers may come before the first one is acted on. */
const MAX_CONTRADICTED = 64;
/** After a failure that sent nothing the same person may be decided on again, but not thirty times a second. */
const PAUSE = millis(1000);

export function createGrantExecutor(
  dependencies: LaneDependencies,
  {
    gate,
    judge: engine,
    record,
    access,
  }: {
    readonly gate: GateClient;
    readonly judge: DecisionEngine;
    readonly record: LaneRecord;
    readonly access: LaneAccess;
  },
  moment: () => DecisionContext,
  signal: AbortSignal,
): GrantExecutor {
  const { observer = {} } = dependencies;
  const { clock } = dependencies.ports;
  const { pulse, direction } = dependencies.identity;
  let underWay = false;
  let busyUntil = monotonic(Number.NEGATIVE_INFINITY);
  let openedFor: string | undefined;
  /** Refused because the gate was busy: if that were false, a second grant would open for the same person twice. */
  const contradicted = new Set<string>();
  const held: { readonly grant: string; readonly ruling: Granted; readonly until: Monotonic }[] = [];

  const open = async (id: DecisionId, ruling: Granted): Promise<LaneOutcome> => {
    if (signal.aborted) return { outcome: 'withdrawn', reason: 'stopping' };
    if (held.some((one) => isSameHolder(one.ruling, ruling)))
      return { outcome: 'withdrawn', reason: 'gate-busy' };
    const badge = await objectionToBadgeNow(dependencies, ruling);
    const reason =
      badge ??
      (isByFace(ruling) ? engine.objectionNow(ruling, moment()) : undefined) ??
      access.objection(ruling, moment());
    if (reason !== undefined) return { outcome: 'withdrawn', reason };
    return gate.open({ grant: grantId(id), direction, pulse });
  };
  const settle = (grant: string, ruling: Granted, outcome: LaneOutcome) => {
    const now = clock.monotonic();
    const isDoubtful = 'unproven' in outcome || contradicted.has(grant);
    // Whoever did not answer, or whose answer nothing proves, may have opened all the same.
    if (mayHaveOpened(outcome) || isDoubtful) busyUntil = monotonic(now + pulse);
    openedFor = mayHaveOpened(outcome) ? grant : undefined;
    if (isDoubtful || !canTryAgain(outcome)) return engine.done();
    busyUntil = monotonic(now + PAUSE);
    if (outcome.outcome === 'refused')
      held.push({ grant, ruling, until: monotonic(now + Math.max(pulse, PAUSE)) });
    else engine.rearm(ruling);
  };
  const tell = async (notices: readonly AccessAlert[], decision: DecisionId) => {
    for (const notice of notices) {
      observer.onNote?.({ kind: 'access', notice: notice.notice });
      await record.notice(notice, decision);
    }
  };
  const refuse = async (ruling: Refused, notices: readonly AccessAlert[] = []) => {
    const decision = record.decide(ruling, clock.monotonic());
    await record.decision(decision);
    observer.onDecision?.(decision);
    await tell(notices, decision.id);
  };

  return {
    free: (now) => !underWay && now >= busyUntil,
    async grant(ruling) {
      const { objection, notices } = access.admit(ruling, moment());
      if (objection !== undefined) {
        engine.bar(ruling);
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
        settle(decision.id, ruling, outcome);
        // Of two answers one says that it opened.
        const believed = contradicted.has(decision.id) ? ({ outcome: 'gate-unreachable' } as const) : outcome;
        access.settled(ruling, decision.id, believed);
        if (isWritten) await record.outcome(decision.id, outcome);
        observer.onDecision?.(decision, outcome);
        await tell(notices, decision.id);
        return outcome;
      } finally {
        underWay = false;
      }
    },
    refuse,
    passed(grant) {
      if (grant === openedFor) busyUntil = monotonic(Number.NEGATIVE_INFINITY);
    },
    contradicted(grant) {
      contradicted.add(grant);
      const [oldest] = contradicted;
      if (contradicted.size > MAX_CONTRADICTED && oldest !== undefined) contradicted.delete(oldest);
      const index = held.findIndex((one) => one.grant === grant);
      if (index !== -1) held.splice(index, 1);
    },
    tick(now) {
      while (held[0] !== undefined && now >= held[0].until) {
        const [over] = held.splice(0, 1);
        if (over !== undefined) engine.rearm(over.ruling);
      }
    },
  };
}

/** Only where it is certain that the gate did not open and will not, and where the fault lies in the moment. */
function canTryAgain(outcome: LaneOutcome): boolean {
  return (
    (outcome.outcome === 'withdrawn' && !outcome.reason.startsWith('badge-')) ||
    outcome.outcome === 'journal-failed' ||
    (outcome.outcome === 'refused' && outcome.reason === 'busy' && outcome.unproven !== true)
  );
}

const isSameHolder = (one: Granted, other: Granted): boolean =>
  (one.person !== undefined && one.person === other.person) ||
  (one.badge !== undefined && one.badge === other.badge) ||
  (one.track !== undefined && one.track === other.track);
