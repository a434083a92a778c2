/** Recordings seen through the lane's own eye and judgement, one after the other. */
import { statSync } from 'node:fs';
import { readGalleryFolder } from '../../adapters/files/gallery-folder.js';
import { openSearch } from '../../adapters/onnx/search.js';
import { openPacks } from '../../adapters/packs/store.js';
import { systemClock } from '../../adapters/system/clock.js';
import { superviseVision } from '../../adapters/vision/supervised.js';
import { TwinstileError } from '../../base/errors.js';
import { showSource } from '../../base/shown-address.js';
import type { Monotonic } from '../../base/units.js';
import type { Ruling } from '../../decision/decision.js';
import type { LaneRules } from '../../decision/rules.js';
import { galleryThrough } from '../../pipeline/lane/gallery-through.js';
import { type ReplayTotals, replayLane } from '../../pipeline/lane/replay-lane.js';
import type { FrameReport, VisionSettings } from '../../ports/vision.js';
import type { ModelCard } from '../../siamese/card.js';
import { visionStart } from '../box/vision-start.js';
import { readCamera } from '../camera-argument.js';
import { openComparison } from '../gallery/open-comparison.js';
import { expectLiveness, judgesLiveness } from '../lane/lane-liveness.js';
import { openPhotoEncoder } from '../photos/open-photo-encoder.js';
import { reachAround } from '../shut-in.js';
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
  readonly onRuling: (clip: string, ruling: Ruling, at: Monotonic) => void;
  readonly onFrame?: (clip: string, frame: FrameReport) => void;
  readonly onRefused: (file: string, reason: string) => void;
  /** What a vision process says or why it was replaced. */
  readonly onTrouble: (clip: string, detail: string) => void;
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
    reach: reachAround(process.env, [packFolder]),
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
        reach: reachAround(process.env, [packFolder, clip]),
      }),
      clock: systemClock,
      setup: { ...settings, source, liveness: judgesLiveness(rules, card) },
    });
    const watched = {
      watch: (onReport: Parameters<typeof vision.watch>[0], stop: AbortSignal) =>
        vision.watch((report) => {
          if (report.kind === 'restarting') wishes.onTrouble(clip, report.cause);
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
          onRuling: (ruling, at) => wishes.onRuling(clip, ruling, at),
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
