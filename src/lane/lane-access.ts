/** Applies the site's access rules at one lane: which credentials are required, whether a person may pass, and what is recorded of it. */

import type { Granted } from '../access/decision.js';
import type { TakeBack } from '../access/policy/access-controller.js';
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
  /** An answer that came after the wait for it had ended. @param proven whether it is certain that it is the gate's, and its only one. */
  lateAnswer(grant: string, result: string, proven: boolean): void;
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
  /** Present while it is counted that the gate opened, or may have. */
  takeBack: TakeBack | undefined;
}

const MAX_EXPECTED = 64;

export function createLaneAccess(dependencies: LaneDependencies): LaneAccess {
  const { lane, direction } = dependencies.identity;
  const { controller, mode = () => 'normal' as const } = dependencies.features?.access ?? {};
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
    ...createPassageNotes(dependencies),
  };
}

/** Counts whom the gate let in, and takes back what is refuted later. */
function createPassageNotes({
  identity: { lane, direction },
  ports: { clock },
  features,
}: LaneDependencies): Pick<LaneAccess, 'settled' | 'lateAnswer' | 'passage'> {
  const { controller, onRecord = () => {} } = features?.access ?? {};
  const expected = new BoundedMap<GrantId, Expected>(MAX_EXPECTED);
  const passageOf = (person: PersonId) => ({
    person,
    lane,
    direction,
    now: clock.monotonic(),
    at: clock.wall(),
  });
  const countOpened = (person: PersonId): TakeBack => {
    const takeBack = controller?.opened(passageOf(person));
    onRecord(person);
    return () => {
      takeBack?.();
      onRecord(person);
    };
  };
  return {
    settled({ person }, grant, outcome) {
      if (person === undefined) return;
      const takeBack = mayHaveOpened(outcome) ? countOpened(person) : undefined;
      if (takeBack === undefined) controller?.withdrawn(person, lane);
      expected.set(grantId(grant), { person, takeBack });
    },
    lateAnswer(grant, result, proven) {
      const one = expected.get(grantId(grant));
      if (one === undefined) return;
      if (result === 'opened') one.takeBack ??= countOpened(one.person);
      if (result !== 'refused' || !proven) return;
      // Its holder is still outside, and must not be refused as one who is in.
      one.takeBack?.();
      one.takeBack = undefined;
    },
    passage({ grant, outcome }, verified) {
      const one = grant === null || !verified ? undefined : expected.get(grantId(grant));
      if (one !== undefined && outcome === 'passed') {
        controller?.passed(passageOf(one.person));
        onRecord(one.person);
        // Whatever the drive reports afterwards: they went through.
        if (one.takeBack !== undefined) one.takeBack = () => {};
      }
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
