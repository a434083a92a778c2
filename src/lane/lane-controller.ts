/**
 * Controls one lane: takes events one at a time and starts what follows from them.
 *
 * Each method runs to its end before the next event; only a frame waits, for the search. What takes time (the journal, the gate) runs
 * in the background, so that it does not hold up the next frame.
 */

import { type Granted, isByFace, type LaneDecision } from '../access/decision.js';
import type { Claim } from '../access/verify.js';
import { millis } from '../base/units.js';
import type { FrameReport, SelfTestReport, VisionReport } from '../vision/ports/vision.js';
import type { BackgroundWork, MessageWork } from './background-work.js';
import type { DecisionContext, DecisionEngine } from './decision/decision-engine.js';
import { type DroppedMessages, TOO_MANY } from './dropped-messages.js';
import { createFreeExit } from './free-exit.js';
import type { GateAlarms } from './gate-listeners.js';
import { createPendingGrants, type GateOccupancy } from './gate-occupancy.js';
import type { GrantExecutor } from './grant-executor.js';
import type { LaneAccess } from './lane-access.js';
import type { LaneDependencies } from './lane-dependencies.js';
import type { StatePublisher } from './state-publisher.js';

export interface LaneControllerDependencies {
  readonly engine: DecisionEngine;
  readonly executor: GrantExecutor;
  readonly occupancy: GateOccupancy;
  readonly access: LaneAccess;
  readonly publisher: StatePublisher;
  readonly alarms: GateAlarms;
  readonly dropped: DroppedMessages;
  readonly background: BackgroundWork;
  /** Decisions that a badge message brought about: bounded. */
  readonly badgeDecisions: MessageWork;
  readonly context: () => DecisionContext;
}

export class LaneController {
  readonly #lane: LaneDependencies;
  readonly #needs: LaneControllerDependencies;
  readonly #exit;
  readonly #pending = createPendingGrants();

  constructor(lane: LaneDependencies, needs: LaneControllerDependencies) {
    this.#lane = lane;
    this.#needs = needs;
    this.#exit = createFreeExit(lane.rules);
  }

  /** A report of the vision process. */
  async onReport(report: VisionReport): Promise<void> {
    const { engine, publisher } = this.#needs;
    const { observer } = this.#lane;
    switch (report.kind) {
      case 'frame':
        await this.#onFrame(report);
        this.#lane.features?.progress?.judgedFrame();
        break;
      case 'ready':
        observer?.onNote?.({ kind: 'vision-ready', pid: report.pid, provider: report.provider });
        break;
      case 'canary':
        this.#onSelfTest(report);
        break;
      case 'camera':
        if (report.status !== 'live') engine.forget();
        observer?.onNote?.(report);
        publisher.cameraIs(report.status);
        break;
      case 'restarting':
        engine.forget();
        observer?.onNote?.({ kind: 'vision-restarting', cause: report.cause });
        publisher.cameraIs('restarting');
        break;
    }
  }

  /** A badge was presented that a face is to follow. */
  onClaim(claim: Claim): void {
    this.#needs.engine.present(claim);
  }

  /** Executes decisions; a grant without a face waits briefly while the gate is busy. */
  onDecisions(laneDecisions: readonly LaneDecision[]): void {
    const { executor, occupancy } = this.#needs;
    const { features } = this.#lane;
    const now = () => this.#lane.ports.clock.monotonic();
    for (const laneDecision of laneDecisions) {
      if (laneDecision.verdict === 'granted' && isByFace(laneDecision))
        features?.statistics?.granted(laneDecision.track, laneDecision.person);
      if (laneDecision.verdict === 'refused') this.#start(laneDecision, () => executor.refuse(laneDecision));
      else if (isByFace(laneDecision) || occupancy.isFree(now()))
        this.#start(laneDecision, () => executor.grant(laneDecision));
      else this.#giveUp(this.#pending.seat(laneDecision, now()));
    }
  }

  /** Call a few times a second: what changes with time alone. */
  onTick(): void {
    const { engine, executor, alarms, publisher, dropped, context } = this.#needs;
    const { clock } = this.#lane.ports;
    this.onDecisions(engine.tick(context()));
    executor.tick(clock.monotonic());
    alarms.flush();
    this.#startPending();
    publisher.promptIs(engine.prompt(clock.monotonic(), clock.wall()));
    dropped.flush();
    publisher.refresh();
    this.#lane.features?.progress?.turned(clock.monotonic());
  }

  /** The source of frames has ended: everyone leaves. */
  onEnd(): void {
    this.onDecisions(this.#needs.engine.finish(this.#needs.context()));
  }

  publishState(): void {
    this.#needs.publisher.refresh();
  }

  async #onFrame(frame: FrameReport): Promise<void> {
    const { engine, access, publisher, context } = this.#needs;
    const { clock } = this.#lane.ports;
    // A frozen picture would be counted as many that agree.
    if (publisher.camera === 'frozen') return;
    if (publisher.camera === 'opening' || publisher.camera === 'restarting') publisher.cameraIs('live');
    const began = clock.monotonic();
    access.see(frame);
    publisher.see(frame);
    this.#letOut(frame);
    if (!access.isFreeExit) this.onDecisions(await engine.see(frame, context()));
    this.#lane.features?.statistics?.see(frame);
    const now = clock.monotonic();
    const { timings, skipped } = frame;
    this.#lane.observer?.onFrame?.({
      timings,
      skipped,
      deciding: millis(now - began),
      age: millis(now - frame.at),
    });
  }

  /** Free exit: sees every frame, and opens only while everyone may go out. */
  #letOut(frame: FrameReport): void {
    const { access, occupancy, executor } = this.#needs;
    const now = this.#lane.ports.clock.monotonic();
    const freed = this.#exit.see(frame, now, access.isFreeExit && occupancy.isFree(now));
    if (freed !== undefined)
      this.#start(freed, async () => this.#exit.settled(freed, await executor.grant(freed)));
  }

  #onSelfTest(report: SelfTestReport): void {
    const { engine, publisher } = this.#needs;
    if (report.verdict === 'untrue') {
      engine.forget();
      this.#lane.observer?.onNote?.({ kind: 'encoder-self-test-failed', drift: report.drift });
    }
    publisher.selfTest(report);
  }

  /** What only a message asked for must not end the lane; a failure of what a frame asked for may mean that something here is broken. */
  #start(laneDecision: LaneDecision, job: () => Promise<unknown>): void {
    const { background, badgeDecisions, dropped } = this.#needs;
    if (laneDecision.track !== undefined) background.start(job());
    else if (!badgeDecisions.start(job)) dropped.add(this.#lane.identity.topics.badge, TOO_MANY);
  }

  #startPending(): void {
    const now = this.#lane.ports.clock.monotonic();
    this.#giveUp(this.#pending.tooLate(now));
    const next = this.#needs.occupancy.isFree(now) ? this.#pending.next() : undefined;
    if (next !== undefined) this.onDecisions([next]);
  }

  #giveUp(granted: Granted | undefined): void {
    if (granted !== undefined) this.#needs.engine.rearm(granted);
  }
}
