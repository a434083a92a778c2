/** Assembles one lane: each component after those that it needs. */

import type { GateClient } from '../gate/gate-client.js';
import type { BackgroundWork } from './background.js';
import { type DecisionContext, DecisionEngine } from './decision/decision-engine.js';
import { createDroppedMessages, type DroppedMessages } from './dropped-messages.js';
import type { GateAlarms } from './gate-alarms.js';
import { createGateListeners } from './gate-listeners.js';
import { GateOccupancy } from './gate-occupancy.js';
import { GrantExecutor } from './grant-executor.js';
import { createReaderFaults, type ReaderFaults } from './health/reader-faults.js';
import { createLaneAccess, type LaneAccess } from './lane-access.js';
import { LaneController } from './lane-controller.js';
import type { LaneDependencies } from './lane-dependencies.js';
import type { LaneRecord } from './lane-journal.js';
import { createLaneWork, type LaneWork } from './message-work.js';
import { StatePublisher } from './state-publisher.js';

export interface Lane {
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

export function assembleLane(
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
