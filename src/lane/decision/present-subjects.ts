/** Keeps the subjects in view by their tracks, and notes on each what was decided. */
import { arrival, type Subject } from '../../access/subject.js';
import { BoundedMap } from '../../base/bounded-map.js';
import type { PersonId, TrackId } from '../../base/ids.js';
import type { Millis, Monotonic } from '../../base/units.js';
import type { FaceReport, FrameReport } from '../../vision/ports/vision.js';

/** More people do not fit at one gate; it bounds the memory that a broken vision process can fill. */
const MAX_PRESENT = 64;

export class PresentSubjects {
  readonly #subjects = new BoundedMap<TrackId, Subject>(MAX_PRESENT);

  get tracks(): readonly TrackId[] {
    return [...this.#subjects.keys()];
  }

  get(track: TrackId | undefined): Subject | undefined {
    return track === undefined ? undefined : this.#subjects.get(track);
  }

  set(subject: Subject): void {
    this.#subjects.set(subject.track, subject);
  }

  /** @returns the subject, who left. */
  take(track: TrackId): Subject | undefined {
    const subject = this.#subjects.get(track);
    this.#subjects.delete(track);
    return subject;
  }

  clear(): void {
    this.#subjects.clear();
  }

  /** The subject behind a face; evidence of a face whose place another took does not count. */
  behind({ track, replaced }: FaceReport, at: Monotonic): Subject {
    const known = this.#subjects.get(track) ?? arrival(track, at);
    return replaced === true ? { ...known, observations: [] } : known;
  }

  /** Notes who is still at the gate, and drops those who were granted a passage that is over. @returns the admitted people still seen. */
  update(frame: FrameReport, passage: Millis): readonly PersonId[] {
    for (const [track, subject] of this.#subjects)
      if (subject.granted && frame.at - subject.seenAt > passage) this.#subjects.delete(track);
    const admitted: PersonId[] = [];
    for (const { track, atGate } of frame.faces) {
      const known = this.#subjects.get(track);
      if (known === undefined || !atGate) continue;
      this.set({ ...known, seenAt: frame.at });
      if (known.granted && known.person !== undefined) admitted.push(known.person);
    }
    return admitted;
  }

  /** What was compared with another gallery proves nothing about a new one. */
  dropObservations(): void {
    for (const [, subject] of this.#subjects) this.set({ ...subject, observations: [] });
  }

  /** The gate did not open: the subject may be decided on again, with new frames. */
  rearm(track: TrackId | undefined): void {
    const subject = this.get(track);
    if (subject !== undefined) this.set({ ...subject, granted: false, observations: [] });
  }

  /** The access rules refuse what this evidence admitted. @param keys of the evidence. */
  bar(track: TrackId | undefined, keys: readonly string[]): void {
    const subject = this.get(track);
    if (subject === undefined) return;
    const barred = [...subject.barred, ...keys];
    this.set({ ...subject, granted: false, barred, refused: [...subject.refused, ...keys] });
  }

  /** @param keys of the evidence that was refused. */
  refuse(subject: Subject, keys: readonly string[]): void {
    this.set({ ...subject, refused: [...subject.refused, ...keys] });
  }
}
