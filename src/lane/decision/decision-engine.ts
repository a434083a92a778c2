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
import { refusalAtLeaving, refusalDue } from '../../access/refusal-timing.js';
import {
  arrival,
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
  see(frame: FrameReport, context: DecisionContext): Promise<readonly LaneDecision[]>;
  /** Call a few times a second: says which badge was followed by nobody. */
  tick(context: DecisionContext): readonly LaneDecision[];
  /** A badge was presented; it takes the place of the one before. */
  present(claim: Claim): void;
  /** Whatever was seen does not count any more. Who has just been let in is still known. */
  forget(): void;
  /** The recording is over: everybody leaves. */
  finish(context: DecisionContext): readonly LaneDecision[];
  /** Why the newest picture does not support the grant any more; nothing when it does. */
  objectionNow(granted: GrantedByFace, context: DecisionContext): PendingReason | 'left' | undefined;
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
  isBarred: (granted: Granted, context: DecisionContext) => boolean = () => false,
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
      for (const [track, subject] of present) present.set(track, { ...subject, observations: [] });
    gallery = next;
    return next;
  };
  const verdictFor = (
    subject: Subject,
    { now, wall, mode = 'identification', asked }: DecisionContext,
  ): LaneVerdict =>
    verdictOn(subject, {
      rules,
      gallery: gallery ?? swapGallery(),
      claim,
      now,
      wall,
      left: mode,
      asked,
    });

  const remember = (subject: Subject) => {
    present.set(subject.track, subject);
    const [oldest] = present.keys();
    if (present.size > MAX_PRESENT && oldest !== undefined) present.delete(oldest);
  };

  const refuse = (subject: Subject, verdict: Extract<LaneVerdict, { verdict: 'pending' }>): Refused => {
    remember({ ...subject, refused: [...subject.refused, 'face', claim?.read ?? 'face'] });
    return withOrigin(refusalFor(subject, verdict), gallery?.calibration);
  };

  const decide = (subject: Subject, context: DecisionContext): readonly LaneDecision[] => {
    if (subject.granted) return [];
    const { now, gateFree } = context;
    const verdict = verdictFor(subject, context);
    if (verdict.verdict === 'open') {
      if (letIn.has(verdict.person, now)) {
        letIn.seen(verdict.person, now);
        return [];
      }
      if (!gateFree) return [];
      const granted = withOrigin(grantFor(subject, verdict, claim), gallery?.calibration);
      if (subject.barred.includes(claim?.read ?? 'face') && isBarred(granted, context)) return [];
      remember({ ...subject, granted: true, person: verdict.person });
      letIn.add(verdict.person, now);
      if (granted.mode === 'verification') {
        spent = claim;
        claim = undefined;
      }
      return [granted];
    }
    const since = monotonic(Math.max(subject.firstLook ?? subject.since, claim?.at ?? 0));
    if (subject.refused.includes(claim?.read ?? 'face')) return [];
    if (!refusalDue(verdict.reason, since, now, patienceFor(verdict.reason, rules))) return [];
    const refusal = refuse(subject, verdict);
    if (refusal.badge !== undefined) claim = undefined;
    return [refusal];
  };

  const leave = (track: TrackId, context: DecisionContext): readonly LaneDecision[] => {
    const subject = present.get(track);
    present.delete(track);
    if (subject === undefined || subject.granted || subject.refused.includes(claim?.read ?? 'face'))
      return [];
    // The badge stays claimed: who leaves may have stood there by chance. Judged as of the last picture: by now its evidence may have run out, which is not why nobody was let in.
    const verdict = verdictFor(subject, { ...context, now: subject.lastAt });
    if (verdict.verdict === 'open' || !refusalAtLeaving(subject, verdict.reason)) return [];
    // Let in a moment ago under another track: nobody was refused.
    const last = subject.observations.at(-1)?.observation.match;
    if (verdict.frames > 0 && last !== undefined && letIn.has(last.person, context.now)) return [];
    const ruling = refuse(subject, verdict);
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
    async see(frame, context) {
      const { now } = context;
      const searched = swapGallery();
      newest = frame;
      const laneDecisions: LaneDecision[] = [...expireClaim(now)];
      for (const track of frame.ended) laneDecisions.push(...leave(track, context));
      for (const [track, subject] of present)
        if (subject.granted && frame.at - subject.seenAt > rules.passage) present.delete(track);
      for (const { track, atGate } of frame.faces) {
        const known = present.get(track);
        if (known === undefined || !atGate) continue;
        remember({ ...known, seenAt: frame.at });
        if (known.granted && known.person !== undefined) letIn.seen(known.person, frame.at);
      }
      const mode = rules.identification === undefined ? 'verification' : 'identification';
      laneDecisions.push(...crowd.see(frame, mode));
      if (frame.gate.who !== 'one') return laneDecisions;

      const { track } = frame.gate;
      const face = frame.faces.find((one) => one.track === track);
      if (face === undefined) return laneDecisions;
      const fresh = isFresh(frame.at, now, rules);
      const known = present.get(track) ?? arrival(track, frame.at);
      const before: Subject = face.replaced === true ? { ...known, observations: [] } : known;
      const subject =
        fresh && face.liveness !== undefined ? withLiveness(before, face.liveness, frame.at) : before;
      const look = fresh ? await observeFace(face, frame, now, rules, searched) : undefined;
      const seen = !fresh
        ? withStale(subject, frame.at)
        : look === undefined
          ? withProblems(subject, face.problems, frame.at)
          : withObservation(subject, look, longestWindow(rules));
      remember(seen);
      laneDecisions.push(...decide(seen, fresh ? context : { ...context, gateFree: false }));
      return laneDecisions;
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
    finish: (context) => [...present.keys()].flatMap((track) => leave(track, context)),
    objectionNow({ track, mode, person, reason }, context) {
      if (newest === undefined || !isFresh(newest.at, context.now, rules)) return 'stale-frame';
      if (!canBelieveFaces(context.mode)) return 'degraded';
      if (newest.gate.who === 'several') return 'several-at-gate';
      const subject = present.get(track);
      if (newest.gate.who === 'nobody' || newest.gate.track !== track || subject === undefined) return 'left';
      const { snapshot } = swapGallery();
      const objection =
        reason === 'document-verified' ? undefined : objectionTo(snapshot.people.get(person), context.wall);
      if (objection !== undefined) return objection;
      if (padRequired(rules, mode, context.wall) === 'require' && subject.liveness.verdict === 'attack')
        return 'presentation-attack';
      if (mode === 'verification') return undefined;
      const verdict = verdictFor(present.get(track) ?? subject, context);
      return verdict.verdict === 'pending' && verdict.reason === 'identity-conflict'
        ? 'identity-conflict'
        : undefined;
    },
    rearm({ track, person, badge }) {
      if (person !== undefined) letIn.delete(person);
      if (badge !== undefined && spent?.badge === badge) claim ??= spent;
      spent = undefined;
      const subject = track === undefined ? undefined : present.get(track);
      if (subject !== undefined) remember({ ...subject, granted: false, observations: [] });
    },
    bar({ track, person }) {
      if (person !== undefined) letIn.delete(person);
      const keys = ['face', spent?.read ?? 'face'];
      spent = undefined;
      const subject = track === undefined ? undefined : present.get(track);
      if (subject === undefined) return;
      const { barred, refused } = subject;
      remember({
        ...subject,
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
