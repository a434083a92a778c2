/**
 * Runs the lane's vision pipeline on a clip of one person and collects the tracks at the gate, with the reasons for missing
 * embeddings.
 */

import type { TrackId } from '../../base/ids.js';
import { systemClock } from '../../platform/system-clock.js';
import type { FrameReport, VisionSettings } from '../../vision/ports/vision.js';
import { superviseVision } from '../../vision/process/supervise-vision.js';
import { sandboxPolicyAround } from './sandbox-policy.js';
import { readCamera, visionStart } from './vision-process.js';

export interface ClipTracks {
  readonly frames: number;
  /** Reports with exactly one person at the gate. */
  readonly framesAtGate: number;
  /** How many of these gave an embedding of sufficient quality for comparison. */
  readonly looks: number;
  /** Reasons for the missing embeddings; 'not-encoded': the lane did not request one. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Trunk vectors of each track, in order of time. */
  readonly tracks: readonly (readonly Float32Array[])[];
}

/** Collects the reports of one clip. Has no side effects outside its own state. */
export function clipTracks() {
  const vectors = new Map<TrackId, Float32Array[]>();
  const beside = new Map<TrackId, Set<TrackId>>();
  const reasons: Record<string, number> = {};
  let frames = 0;
  let framesAtGate = 0;
  let looks = 0;
  return {
    see({ faces, gate }: Pick<FrameReport, 'faces' | 'gate'>): void {
      frames += 1;
      for (const { track } of faces) {
        const others = beside.get(track) ?? new Set();
        for (const other of faces) if (other.track !== track) others.add(other.track);
        beside.set(track, others);
      }
      if (gate.who !== 'one') return;
      framesAtGate += 1;
      const face = faces.find(({ track }) => track === gate.track);
      const [problem = face?.embedding === undefined ? 'not-encoded' : undefined] = face?.problems ?? [];
      if (face?.embedding === undefined || problem !== undefined) {
        const reason = problem ?? 'not-encoded';
        reasons[reason] = (reasons[reason] ?? 0) + 1;
        return;
      }
      looks += 1;
      vectors.set(face.track, [...(vectors.get(face.track) ?? []), face.embedding]);
    },
    /** The track with the most observations is the person; tracks that appear in the same frame as it are other people. */
    get result(): ClipTracks {
      const [main] = [...vectors].sort(([, a], [, b]) => b.length - a.length)[0] ?? [];
      const others = main === undefined ? undefined : beside.get(main);
      const own = [...vectors].filter(([track]) => others?.has(track) !== true);
      return { frames, framesAtGate, looks, reasons, tracks: own.map(([, track]) => track) };
    },
  };
}

/** @throws TwinstileError of the vision process, or 'bad-arguments' when the clip does not exist. */
export async function watchClip(
  clip: string,
  settings: Omit<VisionSettings, 'source' | 'liveness'>,
  dimension: number,
  signal: AbortSignal,
): Promise<ClipTracks> {
  const gathered = clipTracks();
  await superviseVision({
    ...visionStart({
      dimension,
      onLine: () => {},
      reach: sandboxPolicyAround(process.env, [settings.packFolder, clip]),
    }),
    clock: systemClock,
    setup: { ...settings, source: readCamera(clip, { pace: 'fast', loop: false }) },
  }).watch((report) => {
    if (report.kind === 'frame') gathered.see(report);
  }, signal);
  return gathered.result;
}
