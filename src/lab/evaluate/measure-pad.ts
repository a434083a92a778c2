/** Evaluates presentation attack detection on recordings of bona fide faces and of attacks, through the lane's own vision pipeline. */

import { TwinstileError } from '../../base/errors.js';
import type { Millis } from '../../base/units.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import { systemClock } from '../../platform/system-clock.js';
import { sandboxPolicyAround } from '../../service/setup/sandbox-policy.js';
import { readCamera, visionStart } from '../../service/setup/vision-process.js';
import type { VisionSettings } from '../../vision/ports/vision.js';
import { superviseVision } from '../../vision/process/supervise-vision.js';
import { type PadRates, type Presentation, watchPresentations } from './pad-rates.js';

export interface PadRecording {
  /** Path of a clip or a folder of pictures. */
  readonly clip: string;
  readonly judged: readonly Presentation[];
  readonly notJudged: number;
}

export interface MeasuredPad {
  readonly recordings: readonly PadRecording[];
  readonly rates: PadRates;
}

export interface PadResult {
  readonly pack: string;
  readonly live?: MeasuredPad;
  readonly attacks: readonly (MeasuredPad & { readonly species: string })[];
}

interface PadWishes {
  readonly clips: readonly string[];
  readonly settings: Omit<VisionSettings, 'source' | 'liveness'>;
  /** A longer track counts as several. */
  readonly visit?: Millis;
  readonly onClip?: (done: PadRecording) => void;
}

/** @throws TwinstileError 'pack-unknown' | 'pack-missing' | 'bad-arguments' for a pack without liveness models, and those of the vision process. */
export async function watchForPad(
  { clips, settings, visit, onClip }: PadWishes,
  signal: AbortSignal,
): Promise<readonly PadRecording[]> {
  const { card } = await openPacks(settings.packFolder).open(settings.pack);
  if (card.liveness.length === 0)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a pack with liveness models, got "${card.name}", which has none.`,
      hint: 'Name one that has them: --pack mobile',
    });
  const recordings: PadRecording[] = [];
  for (const clip of clips) {
    if (signal.aborted) break;
    const watch = watchPresentations(visit);
    const vision = superviseVision({
      ...visionStart({
        dimension: card.encoder.dimension,
        onLine: () => {},
        reach: sandboxPolicyAround(process.env, [settings.packFolder, clip]),
      }),
      clock: systemClock,
      setup: { ...settings, source: readCamera(clip, { pace: 'fast', loop: false }), liveness: true },
    });
    await vision.watch((report) => {
      if (report.kind !== 'frame') return;
      for (const face of report.faces) watch.see(face, report.at);
    }, signal);
    // Cut short: its rates are not those of the recording.
    if (signal.aborted) break;
    const done = { clip, judged: watch.judged, notJudged: watch.notJudged };
    recordings.push(done);
    onClip?.(done);
  }
  return recordings;
}
