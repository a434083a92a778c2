/** Lets core listen to what the lanes' vision processes report, and keeps the lanes' evidence: no camera is opened twice. */
import type { LaneId, PersonId } from '../../base/ids.js';
import type { Monotonic } from '../../base/units.js';
import { createEvidenceRing, type EvidenceRing } from '../../lane/decision/evidence-ring.js';
import type { SnapshotSource, Vision, VisionReport } from '../../vision/ports/vision.js';

interface LaneWatch {
  /** Calls the listener with each report from now on. @returns what ends that. */
  listen(listener: (report: VisionReport) => void): () => void;
  /** Returns the same vision, listened to. */
  tapped(vision: Vision & SnapshotSource): Vision & SnapshotSource;
  /** Absent where the site keeps none. */
  readonly evidence: EvidenceRing | undefined;
}

export interface LaneWatches {
  of(lane: LaneId): LaneWatch;
  /** Drops evidence that is too old, of all lanes. */
  purge(now: Monotonic): void;
  /** Drops evidence of people who are gone. */
  forget(isGone: (person: PersonId) => boolean): void;
}

/** @param onFault of a listener; a lane never notices it. */
export function createLaneWatches(
  evidence: 'off' | 'numbers',
  onFault: (error: unknown) => void,
): LaneWatches {
  const watches = new Map<LaneId, LaneWatch>();
  const rings = (): readonly EvidenceRing[] => [...watches.values()].flatMap((one) => one.evidence ?? []);
  return {
    of(lane) {
      const known = watches.get(lane);
      if (known !== undefined) return known;
      const watch = createLaneWatch(evidence === 'off' ? undefined : createEvidenceRing(), onFault);
      watches.set(lane, watch);
      return watch;
    },
    purge(now) {
      for (const ring of rings()) ring.purge(now);
    },
    forget(isGone) {
      for (const ring of rings()) ring.forget(isGone);
    },
  };
}

function createLaneWatch(evidence: EvidenceRing | undefined, onFault: (error: unknown) => void): LaneWatch {
  const listeners = new Set<(report: VisionReport) => void>();
  const tell = (report: VisionReport): void => {
    for (const listener of listeners)
      try {
        listener(report);
      } catch (error) {
        listeners.delete(listener);
        onFault(error);
      }
  };
  return {
    evidence,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tapped: (vision) => ({
      snapshot: (view) => vision.snapshot(view),
      watch: (onReport, signal) =>
        vision.watch((report) => {
          // The lane first: a person at the gate waits for no screen.
          onReport(report);
          tell(report);
        }, signal),
    }),
  };
}
