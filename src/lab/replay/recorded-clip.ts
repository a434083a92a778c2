/** Records what a lane's vision saw in a clip, so that it can be decided on as often as needed without a pixel. */
import type { LaneDecision } from '../../access/decision.js';
import type { Claim } from '../../access/verify.js';
import type { TrackId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { Light } from '../../biometrics/conditions/capture-condition.js';
import { DecisionEngine } from '../../lane/decision/decision-engine.js';
import { faceAlone } from '../../lane/decision/gate-presence.js';
import type { DecisionDependencies } from '../../lane/decision/lane-gallery.js';
import { systemClock } from '../../platform/system-clock.js';
import { sandboxPolicyAround } from '../../service/setup/sandbox-policy.js';
import { readCamera, visionStart } from '../../service/setup/vision-process.js';
import type { FrameReport, VisionSettings } from '../../vision/ports/vision.js';
import { superviseVision } from '../../vision/process/supervise-vision.js';

/**
 * Runs a lane's vision over a clip.
 * @returns the reports of the process that came to its end: after a restart the clip begins again.
 * @throws TwinstileError of the vision process.
 */
export async function recordClip(
  clip: string,
  settings: Omit<VisionSettings, 'source'>,
  dimension: number,
  signal: AbortSignal,
): Promise<readonly FrameReport[]> {
  let reports: FrameReport[] = [];
  await superviseVision({
    ...visionStart({
      dimension,
      onLine: () => {},
      reach: sandboxPolicyAround(process.env, [settings.packFolder, clip]),
    }),
    clock: systemClock,
    setup: { ...settings, source: readCamera(clip, { pace: 'fast', loop: false }) },
  }).watch((report) => {
    if (report.kind === 'restarting') reports = [];
    if (report.kind === 'frame') reports.push(report);
  }, signal);
  return reports;
}

/**
 * Decides on a recording as the lane would have.
 * @param wall for dates of validity and schedules.
 * @param badge presented as soon as one person is at the gate; absent: none is.
 */
export async function decideOnRecording(
  reports: readonly FrameReport[],
  dependencies: DecisionDependencies,
  wall: WallTime,
  badge?: Omit<Claim, 'at'>,
): Promise<readonly LaneDecision[]> {
  const engine = new DecisionEngine(dependencies);
  const decisions: LaneDecision[] = [];
  let toPresent = badge;
  for (const frame of reports) {
    const moment = { now: frame.at, wall, gateFree: true };
    if (toPresent !== undefined && faceAlone(frame) !== undefined) {
      engine.present({ ...toPresent, at: frame.at });
      toPresent = undefined;
    }
    decisions.push(...engine.tick(moment), ...(await engine.see(frame, moment)));
  }
  const last = reports.at(-1);
  if (last !== undefined) decisions.push(...engine.finish({ now: last.at, wall, gateFree: true }));
  return decisions;
}

/**
 * Takes templates from a recording of one person: of the face that was encoded most often, others only pass through.
 * @param most spread over the clip, so that each shows something new.
 */
export function looksOf(reports: readonly FrameReport[], most: number): readonly Float32Array[] {
  const tracks = new Map<TrackId, Float32Array[]>();
  for (const { faces } of reports)
    for (const { track, embedding } of faces) {
      const own = tracks.get(track) ?? [];
      if (embedding !== undefined) tracks.set(track, [...own, embedding]);
    }
  const main = [...tracks.values()].sort((a, b) => b.length - a.length)[0] ?? [];
  const step = Math.max(1, main.length / most);
  return Array.from(
    { length: Math.min(most, main.length) },
    (_, index) => main[Math.floor((index + 0.5) * step)],
  ).filter((vector) => vector !== undefined);
}

/** Returns the light that most frames of a recording show; colour where there are none. */
export function lightOf(reports: readonly FrameReport[]): Light {
  const infrared = reports.filter(({ light }) => light === 'infrared').length;
  return 2 * infrared > reports.length ? 'infrared' : 'color';
}
