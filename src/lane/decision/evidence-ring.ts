/**
 * Keeps the last passages of a lane in memory for some minutes, so that a decision can be explained or disputed: rates,
 * quality and a few vectors. Nothing of it is stored; what is dropped is overwritten.
 */
import type { Decision } from '../../access/decision.js';
import type { FaceObservation } from '../../access/subject.js';
import type { DecisionId, PersonId, TrackId } from '../../base/ids.js';
import { type FalseMatchRate, type Millis, type Monotonic, millis } from '../../base/units.js';
import type { QualityProblem } from '../../vision/detection/quality.js';
import type { Box } from '../../vision/geometry.js';
import type { FaceReport, FrameReport } from '../../vision/ports/vision.js';
import { faceAlone } from './gate-presence.js';

/** What one frame showed of the face that was alone at the gate; never who it may be. */
interface EvidenceLook {
  readonly at: Monotonic;
  readonly box: Box;
  readonly problems: readonly QualityProblem[];
  /** Rate of the best person of the search. */
  readonly fmr?: FalseMatchRate;
  readonly runnerUpFmr?: FalseMatchRate;
  /** 0..1, higher is more alive. */
  readonly liveness?: number;
}

/** One track, as far as it is still kept. */
interface PassageEvidence {
  readonly track: TrackId;
  /** Oldest first. */
  readonly looks: readonly EvidenceLook[];
  /** float32 [dimension] each: the newest looks before the person was let in. */
  readonly vectors: readonly Float32Array[];
  /** Who was let in; absent for an unknown face. */
  readonly person?: PersonId;
}

/** What a lane keeps evidence with. */
export interface LaneEvidence {
  /** @param observation what the frame added about the face alone at the gate; absent when nothing. */
  see(frame: FrameReport, observation: FaceObservation | undefined): void;
  decided(decision: Decision): void;
}

export interface EvidenceRing extends LaneEvidence {
  /** Absent when it was not kept, or is not any more. */
  of(decision: DecisionId, now: Monotonic): PassageEvidence | undefined;
  /** Drops what is too old; call it every few seconds, also while no person is at the gate. */
  purge(now: Monotonic): void;
  /** Drops what was kept of each person whom `isGone` names. */
  forget(isGone: (person: PersonId) => boolean): void;
  /** Passages that are kept now. */
  readonly size: number;
}

interface EvidenceLimits {
  readonly passages: number;
  readonly keep: Millis;
}

const EVIDENCE: EvidenceLimits = { passages: 200, keep: millis(600_000) };
/** Four seconds of a camera of ten frames a second; the middle of a long wait explains nothing. */
const MAX_LOOKS = 40;
/** As many as a decision rests on. */
const MAX_VECTORS = 5;

interface KeptVector {
  readonly at: Monotonic;
  readonly vector: Float32Array;
}

interface Passage {
  readonly track: TrackId;
  looks: readonly EvidenceLook[];
  vectors: readonly KeptVector[];
  readonly decisions: Set<DecisionId>;
  person: PersonId | undefined;
}

export function createEvidenceRing({ passages, keep }: EvidenceLimits = EVIDENCE): EvidenceRing {
  /** In the order in which they began. */
  const byTrack = new Map<TrackId, Passage>();
  const drop = (passage: Passage): void => {
    erase(passage.vectors);
    byTrack.delete(passage.track);
  };
  const passageOf = (track: TrackId): Passage => {
    const known = byTrack.get(track);
    if (known !== undefined) return known;
    const oldest = byTrack.size >= passages ? byTrack.values().next().value : undefined;
    if (oldest !== undefined) drop(oldest);
    const begun: Passage = { track, looks: [], vectors: [], decisions: new Set(), person: undefined };
    byTrack.set(track, begun);
    return begun;
  };
  const purge = (now: Monotonic): void => {
    for (const passage of byTrack.values()) {
      const isYoung = ({ at }: { readonly at: Monotonic }): boolean => now - at < keep;
      erase(passage.vectors.filter((one) => !isYoung(one)));
      passage.vectors = passage.vectors.filter(isYoung);
      passage.looks = passage.looks.filter(isYoung);
      if (passage.looks.length === 0) drop(passage);
    }
  };
  return {
    get size() {
      return byTrack.size;
    },
    see(frame, observation) {
      const face = faceAlone(frame);
      if (face === undefined) return;
      const passage = passageOf(face.track);
      // Another face is in the track's place: what was kept before is not of this one.
      if (face.replaced === true) {
        erase(passage.vectors);
        passage.vectors = [];
      }
      passage.looks = [...passage.looks, lookOf(face, frame.at, observation)].slice(-MAX_LOOKS);
      if (observation !== undefined && passage.person === undefined) {
        const kept = [...passage.vectors, { at: frame.at, vector: Float32Array.from(observation.embedding) }];
        erase(kept.slice(0, -MAX_VECTORS));
        passage.vectors = kept.slice(-MAX_VECTORS);
      }
    },
    decided(decision) {
      const passage = decision.track === undefined ? undefined : byTrack.get(decision.track);
      if (passage === undefined) return;
      passage.decisions.add(decision.id);
      if (decision.verdict === 'granted') passage.person = decision.person;
    },
    of(decision, now) {
      purge(now);
      const passage = [...byTrack.values()].find(({ decisions }) => decisions.has(decision));
      if (passage === undefined) return undefined;
      const { track, looks, vectors, person } = passage;
      return { track, looks, vectors: vectors.map(({ vector }) => Float32Array.from(vector)), person };
    },
    purge,
    forget(isGone) {
      for (const passage of byTrack.values())
        if (passage.person !== undefined && isGone(passage.person)) drop(passage);
    },
  };
}

function lookOf(
  { box, problems, liveness }: FaceReport,
  at: Monotonic,
  observation: FaceObservation | undefined,
): EvidenceLook {
  const match = observation?.observation.match;
  return { at, box, problems, liveness, fmr: match?.fmr, runnerUpFmr: match?.runnerUpFmr };
}

function erase(kept: readonly KeptVector[]): void {
  for (const { vector } of kept) vector.fill(0);
}
