/** Recordings seen through the lane's own eye and judgement, one after the other. */
import { statSync } from 'node:fs';
import type { LaneDecision } from '../../access/decision.js';
import type { LaneRules } from '../../access/lane-rules.js';
import { TwinstileError } from '../../base/errors.js';
import { showSource } from '../../base/shown-address.js';
import type { Monotonic } from '../../base/units.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import { galleryThrough } from '../../lane/gallery-through.js';
import { type ReplayTotals, replayLane } from '../../lane/replay-lane.js';
import { systemClock } from '../../platform/system-clock.js';
import { readGalleryFolder } from '../../records/enrollment/gallery-folder.js';
import { openSearch } from '../../records/people/search/search.js';
import { readCamera } from '../../service/setup/camera-argument.js';
import { checksLiveness, expectLiveness } from '../../service/setup/lane-liveness.js';
import { openComparison } from '../../service/setup/open-comparison.js';
import { openPhotoEncoder } from '../../service/setup/open-photo-encoder.js';
import { sandboxPolicyAround } from '../../service/setup/sandbox-policy.js';
import { visionStart } from '../../service/setup/vision-process.js';
import type { FrameReport, VisionSettings } from '../../vision/ports/vision.js';
import { superviseVision } from '../../vision/process/supervise-vision.js';
import { replayGallery } from './replay-gallery.js';

export interface ReplayWishes {
  /** Video files or folders of images. */
  readonly clips: readonly string[];
  readonly gallery: string;
  /** Head file; absent: the encoder alone. */
  readonly head?: string;
  readonly settings: Omit<VisionSettings, 'source'>;
  /** Of the lane that is replayed, with this pack. */
  readonly rulesFor: (card: ModelCard) => LaneRules;
  readonly onLaneDecision: (clip: string, laneDecision: LaneDecision, at: Monotonic) => void;
  readonly onFrame?: (clip: string, frame: FrameReport) => void;
  readonly onRefused: (file: string, reason: string) => void;
  /** What a vision process says or why it was replaced. */
  readonly onFault: (clip: string, detail: string) => void;
}

export interface ReplaySum extends ReplayTotals {
  readonly people: number;
  readonly templates: number;
  readonly clips: number;
}

/** @throws TwinstileError 'bad-arguments' for a clip that does not exist, and those of the pack store and the encoder. */
export async function replayClips(wishes: ReplayWishes, signal: AbortSignal): Promise<ReplaySum> {
  for (const clip of wishes.clips) refuseMissing(clip);
  const { settings } = wishes;
  const { pack, packFolder } = settings;
  const people = await readGalleryFolder(wishes.gallery);
  const { card } = await openPacks(packFolder).open(pack);
  const comparison = await openComparison(card, wishes.head);
  const rules = wishes.rulesFor(card);
  expectLiveness(rules, card, '--liveness');
  const { encoder } = await openPhotoEncoder({
    pack,
    packFolder,
    reach: sandboxPolicyAround(process.env, [packFolder]),
  });
  const { onRefused } = wishes;
  const snapshot = await replayGallery({ people, card, encoder, settings, onRefused }, signal).finally(() =>
    encoder.close(),
  );
  const gallery = await galleryThrough(comparison, snapshot, openSearch);
  const totals: ReplayTotals[] = [];
  for (const clip of wishes.clips) {
    if (signal.aborted) break;
    const source = readCamera(clip, { pace: 'fast', loop: false });
    const vision = superviseVision({
      ...visionStart({
        dimension: card.encoder.dimension,
        onLine: () => {},
        reach: sandboxPolicyAround(process.env, [packFolder, clip]),
      }),
      clock: systemClock,
      setup: { ...settings, source, liveness: checksLiveness(rules, card) },
    });
    const watched = {
      watch: (onReport: Parameters<typeof vision.watch>[0], stop: AbortSignal) =>
        vision.watch((report) => {
          if (report.kind === 'restarting') wishes.onFault(clip, report.cause);
          onReport(report);
        }, stop),
    };
    totals.push(
      await replayLane(
        {
          vision: watched,
          clock: systemClock,
          gallery: () => gallery,
          rules,
          onLaneDecision: (laneDecision, at) => wishes.onLaneDecision(clip, laneDecision, at),
          onFrame: (frame) => wishes.onFrame?.(clip, frame),
        },
        signal,
      ),
    );
  }
  await gallery.search.close();
  const counts = { people: new Set(snapshot.owners).size, templates: snapshot.owners.length };
  return { ...sumOf(totals), ...counts, clips: totals.length };
}

function refuseMissing(clip: string): void {
  if (statSync(clip, { throwIfNoEntry: false }) !== undefined) return;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a video file or a folder of images, got "${showSource(clip)}", which does not exist.`,
    hint: 'Check the path.',
  });
}

const EMPTY: ReplayTotals = {
  frames: 0,
  clip: 0 as ReplayTotals['clip'],
  took: 0 as ReplayTotals['took'],
  stages: {
    read: 0,
    detect: 0,
    track: 0,
    quality: 0,
    align: 0,
    encode: 0,
    liveness: 0,
    judge: 0,
  } as ReplayTotals['stages'],
};

function sumOf(totals: readonly ReplayTotals[]): ReplayTotals {
  return totals.reduce(
    (sum, { frames, clip, took, stages }) => ({
      frames: sum.frames + frames,
      clip: (sum.clip + clip) as ReplayTotals['clip'],
      took: (sum.took + took) as ReplayTotals['took'],
      stages: Object.fromEntries(
        Object.entries(sum.stages).map(([stage, value]) => [
          stage,
          value + stages[stage as keyof typeof stages],
        ]),
      ) as ReplayTotals['stages'],
    }),
    EMPTY,
  );
}
