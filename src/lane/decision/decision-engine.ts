/**
 * Decides on the people at the gate, frame by frame: the part that a lane and a replay have in common.
 *
 * A track is granted once, and refused once for the face and once for each badge. No I/O but the search; time is passed in.
 */

import { objectionTo } from '../../access/admission.js';
import type { Granted, GrantedByFace, LaneDecision } from '../../access/decision.js';
import type { PendingReason } from '../../access/decision-reasons.js';
import { padRequired } from '../../access/pad-policy.js';
import type { Asked } from '../../access/policy/credentials.js';
import { type Subject, withLiveness, withProblems, withStale } from '../../access/subject.js';
import type { Claim } from '../../access/verify.js';
import type { PersonId, TrackId } from '../../base/ids.js';
import type { Monotonic, WallTime } from '../../base/units.js';
import type { FaceReport, FrameReport } from '../../vision/ports/vision.js';
import type { Prompt } from '../../vision/tracking/pad-evidence.js';
import type { LaneMode } from '../health/degraded-modes.js';
import { BadgeClaims, evidenceKey } from './badge-claims.js';
import {
  canBelieveFaces,
  decide,
  decideAtLeaving,
  isRefused,
  type LaneVerdict,
  verdictOn,
} from './decide.js';
import { withLook } from './fuse-looks.js';
import { createCrowdTracker, createRecentAdmissions, faceAlone } from './gate-presence.js';
import type { DecisionDependencies, LaneGallery } from './lane-gallery.js';
import { promptTo } from './liveness.js';
import { isFresh, observeFace } from './observe-face.js';
import { PresentSubjects } from './present-subjects.js';

export interface DecisionContext {
  readonly now: Monotonic;
  readonly wall: WallTime;
  /** False while a grant is in progress or a person is on the way through: no one is admitted meanwhile. */
  readonly gateFree: boolean;
  /** What may be decided on; absent: all that the rules offer. */
  readonly mode?: LaneMode;
  /** What the access rules ask for now; absent: what the lane's own rules do. */
  readonly asked?: Asked | undefined;
}

/** Whether the access rules, which refused this grant before, still do. */
export type IsBarred = (granted: Granted, context: DecisionContext) => boolean;

export class DecisionEngine {
  readonly #dependencies: DecisionDependencies;
  readonly #isBarred: IsBarred;
  readonly #present = new PresentSubjects();
  readonly #claims: BadgeClaims;
  readonly #admissions;
  readonly #crowd;
  #gallery: LaneGallery | undefined;
  #newest: FrameReport | undefined;

  constructor(dependencies: DecisionDependencies, isBarred: IsBarred = () => false) {
    const { rules } = dependencies;
    this.#dependencies = dependencies;
    this.#isBarred = isBarred;
    this.#claims = new BadgeClaims(rules.verification);
    this.#admissions = createRecentAdmissions(rules.passage);
    this.#crowd = createCrowdTracker(rules.refuseAfter);
  }

  async see(frame: FrameReport, context: DecisionContext): Promise<readonly LaneDecision[]> {
    const { rules } = this.#dependencies;
    this.#newest = frame;
    const gallery = this.#swapGallery();
    const laneDecisions: LaneDecision[] = [...this.#claims.expire(context.now)];
    for (const track of frame.ended) laneDecisions.push(...this.#leave(track, context));
    for (const person of this.#present.update(frame, rules.passage)) this.#admissions.seen(person, frame.at);
    laneDecisions.push(
      ...this.#crowd.see(frame, rules.identification === undefined ? 'verification' : 'identification'),
    );
    const face = faceAlone(frame);
    if (face === undefined) return laneDecisions;
    const isFrameFresh = isFresh(frame.at, context.now, rules);
    const subject = isFrameFresh
      ? await this.#observe(face, frame, context.now, gallery)
      : withStale(this.#present.behind(face, frame.at), frame.at);
    this.#present.set(subject);
    laneDecisions.push(...this.#decide(subject, isFrameFresh ? context : { ...context, gateFree: false }));
    return laneDecisions;
  }

  /** Call a few times a second. @returns the refusal of a badge that no face followed. */
  tick({ now }: DecisionContext): readonly LaneDecision[] {
    return this.#claims.expire(now);
  }

  /** A badge was presented; it takes the place of the one before. */
  present(claim: Claim): void {
    this.#claims.present(claim);
  }

  /** Drops all evidence. The people just admitted are still known. */
  forget(): void {
    this.#present.clear();
    this.#admissions.blind();
    this.#newest = undefined;
  }

  /** The recording is over: everyone leaves. */
  finish(context: DecisionContext): readonly LaneDecision[] {
    return this.#present.tracks.flatMap((track) => this.#leave(track, context));
  }

  /** Why the newest frame does not support the grant any more; undefined when it does. */
  objectionNow(granted: GrantedByFace, context: DecisionContext): PendingReason | 'left' | undefined {
    const { rules } = this.#dependencies;
    const { track, mode, person, reason } = granted;
    const newest = this.#newest;
    if (newest === undefined || !isFresh(newest.at, context.now, rules)) return 'stale-frame';
    if (!canBelieveFaces(context.mode)) return 'degraded';
    if (newest.gate.who === 'several') return 'several-at-gate';
    const subject = this.#present.get(track);
    if (newest.gate.who === 'nobody' || newest.gate.track !== track || subject === undefined) return 'left';
    const { people } = this.#swapGallery().snapshot;
    const objection =
      reason === 'document-verified' ? undefined : objectionTo(people.get(person), context.wall);
    if (objection !== undefined) return objection;
    if (padRequired(rules, mode, context.wall) === 'require' && subject.liveness.verdict === 'attack')
      return 'presentation-attack';
    if (mode === 'verification') return undefined;
    const verdict = this.#verdictOn(this.#present.get(track) ?? subject, context);
    return verdict.verdict === 'pending' && verdict.reason === 'identity-conflict'
      ? 'identity-conflict'
      : undefined;
  }

  /** What a display asks of the person alone at the gate, while it is undecided whether the face is live. */
  prompt(now: Monotonic, wall: WallTime): Prompt | undefined {
    const { rules } = this.#dependencies;
    const newest = this.#newest;
    if (newest?.gate.who !== 'one' || !isFresh(newest.at, now, rules)) return undefined;
    return promptTo(this.#present.get(newest.gate.track), newest, { now, wall }, rules);
  }

  /** The gate did not open: the same track may be decided on again, with new frames. */
  rearm({ track, person, badge }: Granted): void {
    if (person !== undefined) this.#admissions.delete(person);
    this.#claims.restore(badge);
    this.#present.rearm(track);
  }

  /** The access rules refuse: this is reported once, and the same track is admitted when they no longer do. */
  bar({ track, person }: Granted): void {
    if (person !== undefined) this.#admissions.delete(person);
    this.#present.bar(track, ['face', this.#claims.forgetSpent()]);
  }

  /** The grant is over: what the document showed is forgotten. */
  done(): void {
    this.#claims.forgetSpent();
  }

  /** For a person who needs no face. @returns false while they are on the way through already. */
  enter(person: PersonId, now: Monotonic): boolean {
    if (this.#admissions.justNow(person, now)) return false;
    this.#admissions.add(person, now);
    return true;
  }

  #swapGallery(): LaneGallery {
    const next = this.#dependencies.gallery(this.#newest?.light);
    // What was compared with another gallery, or in another light, proves nothing about this one.
    if (this.#gallery !== undefined && this.#gallery !== next) this.#present.dropObservations();
    this.#gallery = next;
    return next;
  }

  async #observe(
    face: FaceReport,
    frame: FrameReport,
    now: Monotonic,
    gallery: LaneGallery,
  ): Promise<Subject> {
    const { rules, limitOf, evidence } = this.#dependencies;
    const known = this.#present.behind(face, frame.at);
    const subject = face.liveness === undefined ? known : withLiveness(known, face.liveness, frame.at);
    const observation = await observeFace(face, frame, { now, rules, gallery, limitOf });
    evidence?.see(frame, observation);
    if (observation === undefined) return withProblems(subject, face.problems, frame.at);
    const seen = await withLook(subject, observation, { rules, gallery, limitOf });
    // Swapped during the search: none of this was compared with the new gallery.
    return gallery === this.#gallery ? seen : { ...seen, observations: [] };
  }

  #verdictOn(subject: Subject, { now, wall, mode = 'identification', asked }: DecisionContext): LaneVerdict {
    return verdictOn(subject, {
      ...this.#dependencies,
      gallery: this.#gallery ?? this.#swapGallery(),
      claim: this.#claims.current,
      now,
      wall,
      left: mode,
      asked,
    });
  }

  #decide(subject: Subject, context: DecisionContext): readonly LaneDecision[] {
    if (subject.granted) return [];
    const { now, gateFree } = context;
    const verdict = this.#verdictOn(subject, context);
    const step = decide(subject, verdict, {
      rules: this.#dependencies.rules,
      gallery: this.#gallery,
      claim: this.#claims.current,
      now,
      gateFree,
      isAdmitted: verdict.verdict === 'open' && this.#admissions.has(verdict.person, now),
    });
    switch (step.kind) {
      case 'wait':
        return [];
      case 'already-admitted':
        this.#admissions.seen(step.person, now);
        return [];
      case 'grant':
        return this.#grant(subject, step.granted, context);
      case 'refuse':
        this.#present.refuse(subject, ['face', evidenceKey(this.#claims.current)]);
        if (step.refused.badge !== undefined) this.#claims.discard();
        return [step.refused];
    }
  }

  #grant(subject: Subject, granted: GrantedByFace, context: DecisionContext): readonly LaneDecision[] {
    const isBarred = subject.barred.includes(evidenceKey(this.#claims.current));
    if (isBarred && this.#isBarred(granted, context)) return [];
    this.#present.set({ ...subject, granted: true, person: granted.person });
    this.#admissions.add(granted.person, context.now);
    if (granted.mode === 'verification') this.#claims.spend();
    return [granted];
  }

  #leave(track: TrackId, context: DecisionContext): readonly LaneDecision[] {
    const subject = this.#present.take(track);
    if (subject === undefined || subject.granted || isRefused(subject, this.#claims.current)) return [];
    // The badge stays claimed: the one who leaves may have been there by chance. Decided as of the last frame: by now the evidence may have expired, which is not why no one was admitted.
    const verdict = this.#verdictOn(subject, { ...context, now: subject.lastAt });
    const refused = decideAtLeaving(subject, verdict, {
      rules: this.#dependencies.rules,
      gallery: this.#gallery,
    });
    if (refused === undefined) return [];
    // Just admitted under another track: no person was refused.
    const last = subject.observations.at(-1)?.observation.match;
    const isAdmitted = refused.frames > 0 && last !== undefined;
    if (isAdmitted && this.#admissions.has(last.person, context.now)) return [];
    return [refused];
  }
}
