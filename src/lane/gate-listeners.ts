/** Handles what the gate sends besides its answers: passages, late and contradicting acknowledgements, faults of a relay. */

import type { AccessAlert } from '../access/policy/alerts.js';
import type { Clock } from '../base/clock.js';
import type { LaneId } from '../base/ids.js';
import { createTokenBucket, type RateLimit } from '../base/token-bucket.js';
import { type Monotonic, millis } from '../base/units.js';
import { isForged } from '../gate/protocol/answer-check.js';
import type { MessageWork } from './background-work.js';
import { type DroppedMessages, TOO_MANY } from './dropped-messages.js';
import type { GateOccupancy } from './gate-occupancy.js';
import type { LaneAccess } from './lane-access.js';
import type { GateListeners, LaneDependencies } from './lane-dependencies.js';
import type { LaneRecord } from './lane-journal.js';

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
      access.lateAnswer(grant, second, false);
      work.start(async () => {
        await record.lateAnswer(grant, second, 0);
        await record.notice({ notice: 'gate-contradiction', lane, first, second });
      });
    },
    onLateAck(grant, { result }, late, verified) {
      observer?.onNote?.({ kind: 'late-ack', grant, result, late });
      access.lateAnswer(grant, result, verified);
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

/** Turns forged messages in the gate's name into notices: at most one of a kind a minute, with how many there were. */
export interface GateAlarms {
  /** A message that was not used. */
  dropped(reason: string): void;
  /** Call a few times a second: reports what was counted since the last notice. */
  flush(): void;
}

interface GateAlarmsDependencies {
  readonly lane: LaneId;
  readonly clock: Clock;
  readonly notice: (notice: AccessAlert) => void;
}

const ALARM_EVERY = millis(60_000);

function createGateAlarms({ lane, clock, notice }: GateAlarmsDependencies): GateAlarms {
  /** By reason, of which there are two. */
  const counts = new Map<string, { count: number; reportedAt: Monotonic | undefined }>();
  const flush = () => {
    const now = clock.monotonic();
    for (const [reason, one] of counts) {
      const { count, reportedAt } = one;
      if (count === 0 || (reportedAt !== undefined && now - reportedAt < ALARM_EVERY)) continue;
      counts.set(reason, { count: 0, reportedAt: now });
      notice({ notice: 'gate-answer-forged', lane, reason, count });
    }
  };
  return {
    dropped(reason) {
      if (!isForged(reason)) return;
      const one = counts.get(reason);
      counts.set(reason, { count: (one?.count ?? 0) + 1, reportedAt: one?.reportedAt });
      flush();
    },
    flush,
  };
}
