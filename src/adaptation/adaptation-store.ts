/** What a lane has gathered of its camera, and the heads made of it. */
import type { LaneId, ModelDigest } from '../base/ids.js';
import type { WallTime } from '../base/units.js';
import type { Head } from '../biometrics/head/head.js';
import type { Act } from '../records/journal/act.js';
import type { KeptSums } from './camera-statistics.js';
import type { AdaptationEvidence } from './passages.js';

export interface AdaptedHead {
  /** With its own calibration table. */
  readonly head: Head;
  /** Digest of the configured comparison that it was evaluated against: with another one it is not used. */
  readonly over: ModelDigest;
  readonly madeAt: WallTime;
  /** Why it was taken or not, with the numbers. */
  readonly detail: string;
}

/** 'waiting': the evaluation showed neither gain nor harm, or there was no data for it; passages will decide. */
export interface HeadCandidate {
  /** Its table is missing where none could be had yet. */
  readonly head: Head;
  readonly over: ModelDigest;
  readonly madeAt: WallTime;
  readonly verdict: 'better' | 'refused' | 'waiting';
  readonly detail: string;
  /** Of passages since it was made, as histograms only. */
  readonly passages?: AdaptationEvidence;
}

export interface LaneAdaptation {
  readonly sums?: KeptSums;
  readonly candidate?: HeadCandidate;
  /** Absent: the configured head. */
  readonly used?: AdaptedHead;
  /** The head that `used` replaced; absent: the configured one. */
  readonly before?: AdaptedHead;
  /** An operator took a head back: none is taken automatically until an operator takes one again. */
  readonly heldSince?: WallTime;
}

/** Describes a change as an act for the journal; nothing when it is none. */
export type ActOfChange = (before: LaneAdaptation, after: LaneAdaptation) => Act | undefined;

/** Durable, and encrypted like templates. */
export interface AdaptationStore {
  /** Rises whenever sums have moved the centre of a camera by a step, or a head that is used changes: by this process or another. */
  generation(): Promise<number>;
  /** @param encoder what belongs to another one is as if it were not there. */
  load(lane: LaneId, encoder: ModelDigest): Promise<LaneAdaptation>;
  /**
   * In one transaction: no other change comes between.
   * @param step returns its argument for no change.
   * @param act written into the journal's chain in the same transaction, when something changed.
   * @returns what is stored then.
   */
  change(
    lane: LaneId,
    encoder: ModelDigest,
    step: (now: LaneAdaptation) => LaneAdaptation,
    act?: ActOfChange,
  ): Promise<LaneAdaptation>;
}
