/**
 * Remembers who stands at the gate and says what is decided about them: the part that a lane and a replay have in common.
 *
 * One decision per track and outcome, so that logs are not flooded: let in once, and refused once for the face and once for
 * each badge. It does no I/O but the search; time comes in with each call.
 */

import { objectionTo } from '../../access/admission.js';
import type { Granted, GrantedByFace, LaneDecision, Refused } from '../../access/decision.js';
import type { PendingReason } from '../../access/decision-reasons.js';
import { padRequired } from '../../access/pad-policy.js';
import type { Asked } from '../../access/policy/credentials.js';
import {
  arrival,
  refusalAtLeaving,
  refusalDue,
  type Subject,
  withLiveness,
  withObservation,
  withProblems,
  withStale,
} from '../../access/subject.js';
import { type Claim, isOpenClaim } from '../../access/verify.js';
import type { PersonId, TrackId } from '../../base/ids.js';
import { type Monotonic, monotonic, type WallTime } from '../../base/units.js';
import type { Prompt } from '../../vision/pad/liveness-prompt.js';
import type { FrameReport } from '../../vision/ports/vision.js';
import type { LaneMode } from '../health/degraded-modes.js';
import { createCrowdTracker } from './crowd.js';
import { canBelieveFaces, type LaneVerdict, longestWindow, verdictOn } from './decide-face.js';
import { grantFor, refusalFor, withOrigin } from './lane-decision.js';
import type { DecisionDependencies, LaneGallery } from './lane-gallery.js';
import { createRecentAdmissions } from './let-through.js';
import { patienceFor, promptTo } from './liveness.js';
import { isFresh, observeFace } from './observe-face.js';

export interface DecisionContext {
  readonly now: Monotonic;
  readonly wall: WallTime;
  /** False while a grant is under way or somebody is still on the way through: nobody is decided on meanwhile. */
  readonly gateFree: boolean;
  /** What may be decided on; absent: all that the rules offer. */
  readonly mode?: LaneMode;
  /** What the access rules ask for now; absent: what the lane's own rules do. */
  readonly asked?: Asked | undefined;
}

export interface DecisionEngine {
  see(frame: FrameReport, moment: DecisionContext): Promise<readonly LaneDecision[]>;
  /** Call a few times a second: says which badge was followed by nobody. */
  tick(moment: DecisionContext): readonly LaneDecision[];
  /** A badge was presented; it takes the place of the one before. */
  present(claim: Claim): void;
  /** Whatever was seen does not count any more. Who has just been let in is still known. */
  forget(): void;
  /** The recording is over: everybody leaves. */
  finish(moment: DecisionContext): readonly LaneDecision[];
  /** Why the newest picture does not support the grant any more; nothing when it does. */
  objectionNow(granted: GrantedByFace, moment: DecisionContext): PendingReason | 'left' | undefined;
  /** What whoever stands there alone should do, because it cannot be told whether they live. */
  prompt(now: Monotonic, wall: WallTime): Prompt | undefined;
  /** Nothing was opened: the same track may be decided on again, with new pictures. */
  rearm(granted: Granted): void;
  /** The access rules say no: it is said once, and the same track is let in when they no longer do. */
  bar(granted: Granted): void;
  /** It is over: what a pass showed is forgotten. */
  done(): void;
  /** For whoever needs no face. @returns whether they are not on the way through already; from now on they are. */
  enter(person: PersonId, now: Monotonic): boolean;
}

/** More people than this do not stand at one gate; it bounds what a broken vision process can make us remember. */
const MAX_PRESENT = 64;

/** @param isBarred asked about somebody whom the access rules refused: whether they still do. */
export function createDecisionEngine(
  { gallery: currentGallery, rules }: DecisionDependencies,
  isBarred: (granted: Granted, moment: DecisionContext) => boolean = () => false,
): DecisionEngine {
  const present = new Map<TrackId, Subject>();
  const letIn = createRecentAdmissions(rules.passage);
  const crowd = createCrowdTracker(rules.refuseAfter);
  let claim: Claim | undefined;
  /** The badge of the last grant: good again if nothing was opened. */
  let spent: Claim | undefined;
  let gallery: LaneGallery | undefined;
  let newest: FrameReport | undefined;

  const swapGallery = (): LaneGallery => {
    const next = currentGallery();
    // What was compared with another gallery proves nothing about this one.
    if (gallery !== undefined && gallery !== next)
      for (const [track, presence] of present) present.set(track, { ...presence, looks: [] });
    gallery = next;
    return next;
  };
  const verdictFor = (
    presence: Subject,
    { now, wall, mode = 'identification', asked }: DecisionContext,
  ): LaneVerdict =>
    verdictOn(presence, {
      rules,
      gallery: gallery ?? swapGallery(),
      claim,
      now,
      wall,
      left: mode,
      asked,
    });

  const remember = (presence: Subject) => {
    present.set(presence.track, presence);
    const [oldest] = present.keys();
    if (present.size > MAX_PRESENT && oldest !== undefined) present.delete(oldest);
  };

  const refuse = (presence: Subject, verdict: Extract<LaneVerdict, { verdict: 'hold' }>): Refused => {
    remember({ ...presence, refused: [...presence.refused, 'face', claim?.read ?? 'face'] });
    return withOrigin(refusalFor(presence, verdict), gallery?.calibration);
  };

  const decide = (presence: Subject, moment: DecisionContext): readonly LaneDecision[] => {
    if (presence.granted) return [];
    const { now, gateFree } = moment;
    const verdict = verdictFor(presence, moment);
    if (verdict.verdict === 'open') {
      if (letIn.has(verdict.person, now)) {
        letIn.seen(verdict.person, now);
        return [];
      }
      if (!gateFree) return [];
      const granted = withOrigin(grantFor(presence, verdict, claim), gallery?.calibration);
      if (presence.barred.includes(claim?.read ?? 'face') && isBarred(granted, moment)) return [];
      remember({ ...presence, granted: true, person: verdict.person });
      letIn.add(verdict.person, now);
      if (granted.mode === 'verification') {
        spent = claim;
        claim = undefined;
      }
      return [granted];
    }
    const since = monotonic(Math.max(presence.firstLook ?? presence.since, claim?.at ?? 0));
    if (presence.refused.includes(claim?.read ?? 'face')) return [];
    if (!refusalDue(verdict.reason, since, now, patienceFor(verdict.reason, rules))) return [];
    const refusal = refuse(presence, verdict);
    if (refusal.badge !== undefined) claim = undefined;
    return [refusal];
  };

  const leave = (track: TrackId, moment: DecisionContext): readonly LaneDecision[] => {
    const presence = present.get(track);
    present.delete(track);
    if (presence === undefined || presence.granted || presence.refused.includes(claim?.read ?? 'face'))
      return [];
    // The badge stays claimed: who leaves may have stood there by chance. Judged as of the last picture: by now its evidence may have run out, which is not why nobody was let in.
    const verdict = verdictFor(presence, { ...moment, now: presence.lastAt });
    if (verdict.verdict === 'open' || !refusalAtLeaving(presence, verdict.reason)) return [];
    // Let in a moment ago under another track: nobody was refused.
    const last = presence.looks.at(-1)?.sighting.match;
    if (verdict.frames > 0 && last !== undefined && letIn.has(last.person, moment.now)) return [];
    const ruling = refuse(presence, verdict);
    present.delete(track);
    return [ruling];
  };

  const expireClaim = (now: Monotonic): readonly LaneDecision[] => {
    const { verification } = rules;
    if (claim === undefined || verification === undefined || isOpenClaim(claim, now, verification)) return [];
    const { badge, person } = claim;
    claim = undefined;
    return [
      { verdict: 'refused', reason: 'badge-face-timeout', mode: 'verification', badge, person, frames: 0 },
    ];
  };

  return {
    async see(frame, moment) {
      const { now } = moment;
      const searched = swapGallery();
      newest = frame;
      const rulings: LaneDecision[] = [...expireClaim(now)];
      for (const track of frame.ended) rulings.push(...leave(track, moment));
      for (const [track, presence] of present)
        if (presence.granted && frame.at - presence.seenAt > rules.passage) present.delete(track);
      for (const { track, atGate } of frame.faces) {
        const known = present.get(track);
        if (known === undefined || !atGate) continue;
        remember({ ...known, seenAt: frame.at });
        if (known.granted && known.person !== undefined) letIn.seen(known.person, frame.at);
      }
      const mode = rules.identification === undefined ? 'verification' : 'identification';
      rulings.push(...crowd.see(frame, mode));
      if (frame.gate.who !== 'one') return rulings;

      const { track } = frame.gate;
      const face = frame.faces.find((one) => one.track === track);
      if (face === undefined) return rulings;
      const fresh = isFresh(frame.at, now, rules);
      const known = present.get(track) ?? arrival(track, frame.at);
      const before = face.replaced === true ? { ...known, looks: [] } : known;
      const presence =
        fresh && face.liveness !== undefined ? withLiveness(before, face.liveness, frame.at) : before;
      const look = fresh ? await observeFace(face, frame, now, rules, searched) : undefined;
      const seen = !fresh
        ? withStale(presence, frame.at)
        : look === undefined
          ? withProblems(presence, face.problems, frame.at)
          : withObservation(presence, look, longestWindow(rules));
      remember(seen);
      rulings.push(...decide(seen, fresh ? moment : { ...moment, gateFree: false }));
      return rulings;
    },
    tick: ({ now }) => expireClaim(now),
    present(next) {
      claim = next;
    },
    forget() {
      present.clear();
      letIn.blind();
      newest = undefined;
    },
    prompt: (now, wall) => {
      if (newest?.gate.who !== 'one' || !isFresh(newest.at, now, rules)) return undefined;
      const { track } = newest.gate;
      return promptTo(present.get(track), newest, { now, wall }, rules);
    },
    finish: (moment) => [...present.keys()].flatMap((track) => leave(track, moment)),
    objectionNow({ track, mode, person, reason }, moment) {
      if (newest === undefined || !isFresh(newest.at, moment.now, rules)) return 'stale-frame';
      if (!canBelieveFaces(moment.mode)) return 'degraded';
      if (newest.gate.who === 'several') return 'several-at-gate';
      const presence = present.get(track);
      if (newest.gate.who === 'nobody' || newest.gate.track !== track || presence === undefined)
        return 'left';
      const { snapshot } = swapGallery();
      const objection =
        reason === 'pass-verified' ? undefined : objectionTo(snapshot.people.get(person), moment.wall);
      if (objection !== undefined) return objection;
      if (padRequired(rules, mode, moment.wall) === 'require' && presence.liveness.verdict === 'attack')
        return 'presentation-attack';
      if (mode === 'verification') return undefined;
      const verdict = verdictFor(present.get(track) ?? presence, moment);
      return verdict.verdict === 'hold' && verdict.reason === 'conflict' ? 'conflict' : undefined;
    },
    rearm({ track, person, badge }) {
      if (person !== undefined) letIn.delete(person);
      if (badge !== undefined && spent?.badge === badge) claim ??= spent;
      spent = undefined;
      const presence = track === undefined ? undefined : present.get(track);
      if (presence !== undefined) remember({ ...presence, granted: false, looks: [] });
    },
    bar({ track, person }) {
      if (person !== undefined) letIn.delete(person);
      const keys = ['face', spent?.read ?? 'face'];
      spent = undefined;
      const presence = track === undefined ? undefined : present.get(track);
      if (presence === undefined) return;
      const { barred, refused } = presence;
      remember({
        ...presence,
        granted: false,
        barred: [...barred, ...keys],
        refused: [...refused, ...keys],
      });
    },
    done() {
      spent = undefined;
    },
    enter(person, now) {
      if (letIn.justNow(person, now)) return false;
      letIn.add(person, now);
      return true;
    },
  };
}
