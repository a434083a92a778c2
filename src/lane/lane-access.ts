/** Applies the site's access rules at one lane: which credentials are required, whether a person may pass, and what is recorded of it. */

import type { Granted } from '../access/decision.js';
import type { AccessReason } from '../access/policy/access-reasons.js';
import { type AccessAlert, alertOfPassage } from '../access/policy/alerts.js';
import type { Asked } from '../access/policy/credentials.js';
import type { AccessRequest } from '../access/policy/evaluate-policy.js';
import { isFreeExit, type OperatorMode } from '../access/policy/model.js';
import { someoneBehind, withFrame } from '../access/policy/tailgating.js';
import { BoundedMap } from '../base/bounded-map.js';
import { type GrantId, grantId, type PersonId } from '../base/ids.js';
import type { PassageMessage } from '../gate/protocol/gate-messages.js';
import type { Direction } from '../gate/protocol/grant-bytes.js';
import type { FrameReport } from '../vision/ports/vision.js';
import type { DecisionContext } from './decision/decision-engine.js';
import type { LaneDependencies, LaneOutcome } from './lane-dependencies.js';

export interface LaneAccess {
  readonly mode: OperatorMode;
  /** Everyone may go out, recognised or not. */
  readonly isFreeExit: boolean;
  /** Nothing when the lane's own rules decide. */
  asked(context: Pick<DecisionContext, 'wall'>): Asked | undefined;
  /** Whether the person's badge opens by itself here, whatever else the lane asks for. */
  badgeSuffices(person: PersonId): boolean;
  /** Records who was where, to detect a person close behind. */
  see(frame: FrameReport): void;
  /** To be followed by `settled`, unless there is an objection. */
  admit(granted: Granted, context: DecisionContext): Admission;
  /** As admit, and changes nothing. */
  objection(granted: Granted, context: DecisionContext): AccessReason | undefined;
  settled(granted: Granted, grant: string, outcome: LaneOutcome): void;
  /** An answer that came after the wait for it had ended. */
  lateAnswer(grant: string, result: string): void;
  /** @param verified whether the gate signed it: only then does it move anti-passback. */
  passage(passage: PassageMessage, verified: boolean): AccessAlert | undefined;
}

interface Admission {
  readonly objection?: AccessReason;
  readonly notices: readonly AccessAlert[];
}

/** A person whose passage may still be reported. */
interface Expected {
  readonly person: PersonId;
  counted: boolean;
}

const MAX_EXPECTED = 64;

export function createLaneAccess(dependencies: LaneDependencies): LaneAccess {
  const { lane, direction } = dependencies.identity;
  const { clock } = dependencies.ports;
  const {
    controller,
    mode = () => 'normal' as const,
    onRecord = () => {},
  } = dependencies.features?.access ?? {};
  const expected = new BoundedMap<GrantId, Expected>(MAX_EXPECTED);
  let frames: readonly FrameReport[] = [];

  const requestFor = (granted: Granted, { now, wall }: DecisionContext): AccessRequest | undefined => {
    const { person, track } = granted;
    if (person === undefined) return undefined;
    return {
      person,
      lane,
      direction,
      mode: mode(),
      shown: { face: granted.fmr !== undefined, badge: granted.badge !== undefined },
      badge: granted.badge,
      behind: track !== undefined && someoneBehind(frames, track, now) !== undefined,
      now,
      at: wall,
    };
  };
  const ask = (how: 'admit' | 'check', granted: Granted, moment: DecisionContext): Admission => {
    const request = requestFor(granted, moment);
    if (controller === undefined || request === undefined) return admissionByMode(granted, mode(), direction);
    const answer = controller[how](request);
    return { notices: answer.notices, objection: answer.allowed ? undefined : answer.reason };
  };
  const note = (when: 'opened' | 'passed', person: PersonId) => {
    controller?.[when]({ person, lane, direction, now: clock.monotonic(), at: clock.wall() });
    onRecord(person);
  };

  return {
    get mode() {
      return mode();
    },
    get isFreeExit() {
      return isFreeExit(mode(), direction);
    },
    asked: ({ wall }) => controller?.asked(lane, wall),
    badgeSuffices: (person) => controller?.badgeSuffices(person, lane) === true,
    see(frame) {
      frames = withFrame(frames, frame);
    },
    admit: (granted, moment) => ask('admit', granted, moment),
    objection: (granted, moment) => ask('check', granted, moment).objection,
    settled({ person }, grant, outcome) {
      if (person === undefined) return;
      const isOpen = mayHaveOpened(outcome);
      if (isOpen) note('opened', person);
      else controller?.withdrawn(person, lane);
      expected.set(grantId(grant), { person, counted: isOpen });
    },
    lateAnswer(grant, result) {
      const one = expected.get(grantId(grant));
      if (one === undefined || one.counted || result !== 'opened') return;
      one.counted = true;
      note('opened', one.person);
    },
    passage({ grant, outcome }, verified) {
      const one = grant === null || !verified ? undefined : expected.get(grantId(grant));
      if (one !== undefined && outcome === 'passed') note('passed', one.person);
      return alertOfPassage(outcome, lane);
    },
  };
}

/** Where no person is known, or no rules exist. */
function admissionByMode({ reason }: Granted, mode: OperatorMode, direction: Direction): Admission {
  const isFree = isFreeExit(mode, direction);
  if (isFree || (mode !== 'lockdown' && reason !== 'free-exit')) return { notices: [] };
  return { objection: 'lockdown', notices: [] };
}

/** A gate that did not answer may have opened all the same. */
export const mayHaveOpened = ({ outcome }: LaneOutcome): boolean =>
  outcome === 'opened' || outcome === 'pulsed' || outcome === 'unconfirmed' || outcome === 'gate-unreachable';
