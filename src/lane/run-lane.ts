/** Runs one lane: watches its camera, decides on the people at its gate, writes each decision down, opens, and reports. */
import { pause } from '../base/delay.js';
import { together } from '../base/task-group.js';
import { millis } from '../base/units.js';
import type { GateClient } from '../gate/gate-client.js';
import {
  type BackgroundWork,
  createBackgroundWork,
  createLaneWork,
  type LaneWork,
} from './background-work.js';
import { listenForBadges } from './badge-reader.js';
import { type DecisionContext, DecisionEngine } from './decision/decision-engine.js';
import { createDroppedMessages, type DroppedMessages } from './dropped-messages.js';
import { createMailbox, type Mailbox } from './frame-mailbox.js';
import { createGateListeners, type GateAlarms } from './gate-listeners.js';
import { GateOccupancy } from './gate-occupancy.js';
import { GrantExecutor, openCommand } from './grant-executor.js';
import { createReaderFaults, type ReaderFaults } from './health/reader-faults.js';
import { createLaneAccess, type LaneAccess } from './lane-access.js';
import { listenForCommands } from './lane-commands.js';
import { LaneController } from './lane-controller.js';
import type { LaneDependencies } from './lane-dependencies.js';
import { LaneRecord } from './lane-journal.js';
import { StatePublisher } from './state-publisher.js';

/** A second of video: more would only be dropped as too old. */
const MAX_REPORTS_WAITING = 30;
const TICK = millis(200);

/**
 * Runs until the signal aborts or a finite camera source has ended; what is being written down or sent to the gate is
 * finished first, within 6 s.
 * @throws TwinstileError when something is broken that waiting does not repair: the gallery, the search, the journal at the start.
 */
export async function runLane(dependencies: LaneDependencies, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const stopping = AbortSignal.any([signal, over.signal]);
  const record = new LaneRecord(dependencies);
  await record.closeInterrupted();

  const background = createBackgroundWork();
  const lane = assembleLane(dependencies, record, background, stopping);
  const { controller } = lane;
  const mailbox = createMailbox(MAX_REPORTS_WAITING, () =>
    dependencies.observer?.onNote?.({ kind: 'dropped-frames', count: 1 }),
  );
  listenToBadgeReaders(dependencies, lane, stopping);
  listenToOperators(dependencies, lane, record, stopping);
  controller.publishState();
  try {
    await together(stopping, [
      (stop) => watchVision(dependencies, mailbox, stop),
      async (stop) => {
        for (let report = await mailbox.take(); report !== undefined; report = await mailbox.take())
          if (!stop.aborted) await controller.onReport(report);
        if (!stop.aborted) controller.onEnd();
        await background.settled();
        dependencies.features?.progress?.over();
        over.abort();
      },
      (stop) => tick(controller, stop),
      background.watch,
    ]);
  } finally {
    await background.settled();
  }
}

async function watchVision(
  { ports, features }: LaneDependencies,
  mailbox: Mailbox,
  stop: AbortSignal,
): Promise<void> {
  try {
    await ports.vision.watch((report) => {
      if (report.kind === 'frame') features?.progress?.heardFrame(ports.clock.monotonic());
      mailbox.put(report);
    }, stop);
  } finally {
    mailbox.close();
  }
}

async function tick(controller: LaneController, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    controller.onTick();
    await pause(TICK, stop);
  }
}

/** Badges count where a face is compared with one, or where access rules ask for one. */
function listenToBadgeReaders(dependencies: LaneDependencies, lane: Lane, stopping: AbortSignal): void {
  if (dependencies.rules.verification === undefined && dependencies.features?.access === undefined) return;
  const { controller, access, engine, context, readers, work, dropped } = lane;
  listenForBadges(
    dependencies,
    {
      access,
      engine,
      context,
      onClaim: (claim) => controller.onClaim(claim),
      onLaneDecision: (laneDecision) => controller.onDecisions([laneDecision]),
      start: work.badges.start,
      readers,
      drop: dropped.add,
    },
    stopping,
  );
}

function listenToOperators(
  dependencies: LaneDependencies,
  { executor, occupancy, work, dropped }: Lane,
  record: LaneRecord,
  stopping: AbortSignal,
): void {
  const commands = dependencies.features?.commands;
  if (commands === undefined) return;
  const open = openCommand(executor, occupancy, dependencies.ports.clock);
  listenForCommands(
    dependencies,
    commands,
    { record, open, start: work.commands.start, drop: dropped.add },
    stopping,
  );
}

interface Lane {
  readonly controller: LaneController;
  readonly engine: DecisionEngine;
  readonly executor: GrantExecutor;
  readonly occupancy: GateOccupancy;
  readonly access: LaneAccess;
  readonly readers: ReaderFaults;
  readonly work: LaneWork;
  readonly dropped: DroppedMessages;
  readonly context: () => DecisionContext;
}

/** Assembles one lane: each component after those that it needs. */
function assembleLane(
  dependencies: LaneDependencies,
  record: LaneRecord,
  background: BackgroundWork,
  stopping: AbortSignal,
): Lane {
  const { identity, observer } = dependencies;
  const { clock } = dependencies.ports;
  const dropped = createDroppedMessages({
    clock,
    base: identity.topics.base,
    onNote: observer?.onNote,
    onFlood: (flood) => background.start(record.flood(flood)),
  });
  const work = createLaneWork(dependencies, background);
  const readers = createReaderFaults({
    clock,
    onNew: ({ reader, problem }) => observer?.onNote?.({ kind: 'reader-not-understood', reader, problem }),
  });
  const access = createLaneAccess(dependencies);
  const occupancy = new GateOccupancy(identity.pulse);
  const engine = new DecisionEngine(
    dependencies,
    (granted, context) => access.objection(granted, context) !== undefined,
  );
  const { gate, alarms } = connectGate(dependencies, {
    occupancy,
    access,
    record,
    dropped,
    work: work.passages,
  });
  const publisher = new StatePublisher(dependencies, { gate, record, access, readers });
  const context = (): DecisionContext => {
    const [now, wall] = [clock.monotonic(), clock.wall()];
    return {
      now,
      wall,
      gateFree: occupancy.isFree(now),
      mode: publisher.mode,
      asked: access.asked({ wall }),
    };
  };
  const executor = new GrantExecutor(dependencies, {
    gate,
    occupancy,
    engine,
    record,
    access,
    context,
    stopping,
  });
  const controller = new LaneController(dependencies, {
    engine,
    executor,
    occupancy,
    access,
    publisher,
    alarms,
    dropped,
    background,
    badgeDecisions: work.badgeDecisions,
    context,
  });
  return { controller, engine, executor, occupancy, access, readers, work, dropped, context };
}

function connectGate(
  dependencies: LaneDependencies,
  needs: Parameters<typeof createGateListeners>[1],
): { readonly gate: GateClient; readonly alarms: GateAlarms } {
  const { listeners, alarms } = createGateListeners(dependencies, needs);
  return { gate: dependencies.ports.gate(listeners), alarms };
}
