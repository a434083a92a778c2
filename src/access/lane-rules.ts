/** Declares what a lane requires before it opens. */
import type { FalseMatchRate, Millis } from '../base/units.js';
import type { OpenAt } from './policy/schedule.js';

interface ObservationWindow {
  /** Distinct frames of one track that must agree, 1 or more. */
  readonly framesNeeded: number;
  /** How far back an observation still counts. */
  readonly window: Millis;
}

/** 1:N: who of all the enrolled is this? */
interface IdentificationRules extends ObservationWindow {
  /** How often an impostor may be matched with any enrolled person, per search (FPIR), 0..1. */
  readonly maxFpir: number;
  /** The runner-up margin: how many times smaller the best person's rate must be than the runner-up's, 1 or more. */
  readonly minMarginRatio: number;
}

/** 1:1: is this the person whose badge was presented? */
export interface VerificationRules extends ObservationWindow {
  /** Highest false match rate that still counts, per comparison, inclusive. */
  readonly maxFmr: FalseMatchRate;
  /** How long after a badge its holder may show the face. */
  readonly badgeValid: Millis;
}

/** 'off': not measured. 'record': recorded with each decision, and decides nothing. 'require': without it no face opens. */
export type LivenessMode = 'off' | 'record' | 'require';

/** What is asked for in each way of being let in. */
export interface LivenessModes {
  /** For a face alone. */
  readonly identification: LivenessMode;
  /** For a face and a badge. */
  readonly verification: LivenessMode;
}

/** Is it a living face, or a picture of one? */
export interface LivenessRules extends LivenessModes {
  /** At other times: the first that holds counts; where none does, the usual modes hold. */
  readonly exceptions?: readonly (LivenessModes & { readonly during: OpenAt })[];
  /** Whether a person whose liveness is undecided is asked to move. */
  readonly challenge: boolean;
}

export interface LaneRules {
  /** Absent: no face opens without a badge. */
  readonly identification?: IdentificationRules;
  /** Absent: badge messages are ignored. */
  readonly verification?: VerificationRules;
  /** Absent: off. */
  readonly liveness?: LivenessRules;
  /** An older picture never opens, inclusive. */
  readonly maxFrameAge: Millis;
  /** How long a subject stays 'unknown', or undecided for another reason, before that is published: see subject.ts. */
  readonly refuseAfter: Millis;
  /** How long one passage takes: the same person is not let in twice within it. */
  readonly passage: Millis;
}
