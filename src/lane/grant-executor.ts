/** Executes grants: checks the access rules, writes the decision down, checks once more, opens the gate once, writes the outcome down. */

import { objectionToBadge, objectionToComparison } from '../access/admission.js';
import { type Decision, type Granted, isByFace, type Refused } from '../access/decision.js';
import type { PendingReason } from '../access/decision-reasons.js';
import type { AccessReason } from '../access/policy/access-reasons.js';
import type { AccessAlert } from '../access/policy/alerts.js';
import { isVisitor } from '../access/policy/permission.js';
import type { Clock } from '../base/clock.js';
import { type DecisionId, grantId } from '../base/ids.js';
import type { Monotonic } from '../base/units.js';
import type { GateClient } from '../gate/gate-client.js';
import type { Answer, Handlers } from '../gate/operator-command/operator-commands.js';
import { refusalOf } from './decision/decide.js';
import type { DecisionContext, DecisionEngine } from './decision/decision-engine.js';
import type { GateOccupancy } from './gate-occupancy.js';
import type { LaneAccess } from './lane-access.js';
import type { LaneDependencies, LaneOutcome } from './lane-dependencies.js';
import type { LaneRecord } from './lane-journal.js';

export type GrantOutcome = LaneOutcome | { readonly outcome: 'no-access'; readonly reason: AccessReason };

export interface GrantExecutorDependencies {
  readonly gate: GateClient;
  readonly occupancy: GateOccupancy;
  readonly engine: DecisionEngine;
  readonly record: LaneRecord;
  readonly access: LaneAccess;
  readonly context: () => DecisionContext;
  /** Once it aborts, nothing is opened any more. */
  readonly stopping: AbortSignal;
}

export class GrantExecutor {
  readonly #lane: LaneDependencies;
  readonly #dependencies: GrantExecutorDependencies;

  constructor(lane: LaneDependencies, dependencies: GrantExecutorDependencies) {
    this.#lane = lane;
    this.#dependencies = dependencies;
  }

  /** @returns how it ended, or why the access rules refused it. */
  async grant(granted: Granted): Promise<GrantOutcome> {
    const { access, engine, occupancy, context } = this.#dependencies;
    const { objection, notices } = access.admit(granted, context());
    if (objection !== undefined) {
      engine.bar(granted);
      await this.refuse(refusalOf(granted, objection), notices);
      return { outcome: 'no-access', reason: objection };
    }
    return occupancy.during(() => this.#journalAndOpen(granted, notices));
  }

  async refuse(refused: Refused, notices: readonly AccessAlert[] = []): Promise<void> {
    const { record } = this.#dependencies;
    const decision = record.decide(refused, this.#lane.ports.clock.monotonic());
    await record.decision(decision);
    this.#lane.observer?.onDecision?.(decision);
    await this.#report(notices, decision.id);
  }

  /** Call a few times a second: people who were refused because the gate was busy may be decided on again after the pulse. */
  tick(now: Monotonic): void {
    const { engine, occupancy } = this.#dependencies;
    for (const granted of occupancy.takeRetries(now)) engine.rearm(granted);
  }

  async #journalAndOpen(granted: Granted, notices: readonly AccessAlert[]): Promise<LaneOutcome> {
    const { record } = this.#dependencies;
    const decision = record.decide(granted, this.#lane.ports.clock.monotonic());
    const isWritten = await record.decision(decision);
    // A full disk must not keep anyone inside.
    const mayOpen = isWritten || granted.reason === 'free-exit';
    const outcome: LaneOutcome = mayOpen
      ? await this.#open(decision.id, granted)
      : { outcome: 'journal-failed' };
    this.#settle(decision, granted, outcome);
    if (isWritten) await record.outcome(decision.id, outcome);
    this.#lane.observer?.onDecision?.(decision, outcome);
    await this.#report(notices, decision.id);
    return outcome;
  }

  async #open(id: DecisionId, granted: Granted): Promise<LaneOutcome> {
    const { direction, pulse } = this.#lane.identity;
    const { gate, occupancy, stopping } = this.#dependencies;
    if (stopping.aborted) return { outcome: 'withdrawn', reason: 'stopping' };
    if (occupancy.isAwaitingRetry(granted)) return { outcome: 'withdrawn', reason: 'gate-busy' };
    const reason = await this.#objectionNow(granted);
    if (reason !== undefined) return { outcome: 'withdrawn', reason };
    return gate.open({ grant: grantId(id), direction, pulse });
  }

  /** What came while the decision was written down counts: a revoked badge, a newer frame, a changed rule. */
  async #objectionNow(granted: Granted): Promise<PendingReason | 'left' | undefined> {
    const { engine, access, context } = this.#dependencies;
    const badge = await objectionToBadgeNow(this.#lane, granted);
    if (badge !== undefined) return badge;
    const face = isByFace(granted) ? engine.objectionNow(granted, context()) : undefined;
    return face ?? access.objection(granted, context());
  }

  #settle({ id }: Decision, granted: Granted, outcome: LaneOutcome): void {
    const { occupancy, engine, access } = this.#dependencies;
    const after = occupancy.settle(id, granted, outcome, this.#lane.ports.clock.monotonic());
    if (after === 'done') engine.done();
    if (after === 'retry') engine.rearm(granted);
    // Of two contradictory answers, one reports that the gate opened.
    access.settled(granted, id, occupancy.isContradicted(id) ? { outcome: 'gate-unreachable' } : outcome);
  }

  async #report(notices: readonly AccessAlert[], decision: DecisionId): Promise<void> {
    for (const notice of notices) {
      this.#lane.observer?.onNote?.({ kind: 'access', notice: notice.notice });
      await this.#dependencies.record.notice(notice, decision);
    }
  }
}

/**
 * Opens the gate for an operator: through the same steps as any other grant, with their name in the journal.
 *
 * While the gate is busy the command is refused, not queued: the operator has to see who passes.
 */
export const openCommand =
  (
    executor: Pick<GrantExecutor, 'grant'>,
    occupancy: Pick<GateOccupancy, 'isFree'>,
    clock: Clock,
  ): Handlers['open'] =>
  async ({ operator }): Promise<Answer> => {
    if (!occupancy.isFree(clock.monotonic())) return { result: 'refused', reason: 'busy' };
    const ended = await executor.grant({
      verdict: 'granted',
      reason: 'opened-by-operator',
      mode: 'operator',
      operator,
      frames: 0,
    });
    switch (ended.outcome) {
      case 'opened':
      case 'pulsed':
      case 'unconfirmed':
        return { result: 'ok', outcome: ended.outcome };
      case 'no-access':
      case 'withdrawn':
      case 'refused':
        return { result: 'refused', reason: ended.reason };
      default:
        return { result: 'failed', reason: ended.outcome };
    }
  };

/** Checks a badge once more right before the gate is opened: a revocation or a returned badge counts. Never rejects: a gallery that cannot be read proves nothing. */
async function objectionToBadgeNow(
  { ports, features }: Pick<LaneDependencies, 'ports' | 'features'>,
  { badge, person, reason }: Granted,
): Promise<PendingReason | undefined> {
  if (badge === undefined) return undefined;
  try {
    const standing = await ports.standingOf(badge);
    const wrong = objectionToBadge(standing);
    if (wrong !== undefined) return wrong;
    if (standing.kind === 'foreign')
      return person !== undefined && isVisitor(person) ? undefined : 'badge-unknown';
    if (standing.kind !== 'held' || standing.person !== person) return 'badge-unknown';
    if (reason !== 'document-verified') return undefined;
    return objectionToComparison(await features?.access?.personOf(person), ports.clock.wall());
  } catch {
    // The next badge meets the same failure on its way, where it is reported.
    return 'degraded';
  }
}
