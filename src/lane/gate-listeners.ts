/** Handles what the gate sends besides its answers: passages, late and contradicting acknowledgements, faults of a relay. */

import { createTokenBucket, type RateLimit } from '../base/token-bucket.js';
import { type DroppedMessages, TOO_MANY } from './dropped-messages.js';
import { createGateAlarms, type GateAlarms } from './gate-alarms.js';
import type { GateOccupancy } from './gate-occupancy.js';
import type { LaneAccess } from './lane-access.js';
import type { GateListeners, LaneDependencies } from './lane-dependencies.js';
import type { LaneRecord } from './lane-journal.js';
import type { MessageWork } from './message-work.js';

export interface GateListenersDependencies {
  readonly occupancy: GateOccupancy;
  readonly access: LaneAccess;
  readonly record: LaneRecord;
  readonly work: MessageWork;
  readonly dropped: DroppedMessages;
}

/** A gate lets one person through in about a second. */
const PASSAGES: RateLimit = { burst: 20, perSecond: 5 };

export function createGateListeners(
  { identity, ports, observer }: LaneDependencies,
  { occupancy, access, record, work, dropped }: GateListenersDependencies,
): { readonly listeners: Required<GateListeners>; readonly alarms: GateAlarms } {
  const { lane, topics } = identity;
  const limit = createTokenBucket(PASSAGES);
  const alarms = createGateAlarms({
    lane,
    clock: ports.clock,
    notice: (notice) => work.start(() => record.notice(notice)),
  });
  const listeners: Required<GateListeners> = {
    onPassage(passage, verified) {
      if (!limit.take(ports.clock.monotonic())) return dropped.add(topics.gate.passage, TOO_MANY);
      if (verified && passage.grant !== null) occupancy.passed(passage.grant);
      observer?.onNote?.({ kind: 'passage', passage, verified });
      const notice = access.passage(passage, verified);
      const isStarted = work.start(async () => {
        await record.passage(passage, verified);
        if (notice !== undefined) await record.notice(notice);
      });
      if (!isStarted) dropped.add(topics.gate.passage, TOO_MANY);
    },
    onContradiction(grant, { result: first }, { result: second }) {
      observer?.onNote?.({ kind: 'gate-contradiction', grant, first, second });
      occupancy.contradict(grant);
      // Of two contradictory answers, the one that admits no person twice counts.
      access.lateAnswer(grant, second);
      work.start(async () => {
        await record.lateAnswer(grant, second, 0);
        await record.notice({ notice: 'gate-contradiction', lane, first, second });
      });
    },
    onLateAck(grant, { result }, late) {
      observer?.onNote?.({ kind: 'late-ack', grant, result, late });
      access.lateAnswer(grant, result);
      work.start(() => record.lateAnswer(grant, result, late));
    },
    onRelay(problem) {
      observer?.onNote?.({ kind: 'relay', problem });
      work.start(() => record.notice({ notice: problem, lane }));
    },
    onDropped(topic, reason) {
      dropped.add(topic, reason);
      alarms.dropped(reason);
    },
  };
  return { listeners, alarms };
}
