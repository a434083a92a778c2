/** Replays recordings through the lane's own vision pipeline and decision engine, one after the other. */
import { statSync } from 'node:fs';
import type { LaneDecision } from '../../access/decision.js';
import type { LaneRules } from '../../access/lane-rules.js';
import { TwinstileError } from '../../base/errors.js';
import { showSource } from '../../base/shown-address.js';
import type { Monotonic } from '../../base/units.js';
import type { Light } from '../../biometrics/conditions/capture-condition.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import type { LaneGallery } from '../../lane/decision/lane-gallery.js';
import { galleryFor, prepareGallery } from '../../lane/gallery-through.js';
import { type ReplayTotals, replayLane } from '../../lane/replay-lane.js';
import { systemClock } from '../../platform/system-clock.js';
import { readGalleryFolder } from '../../records/enrollment/gallery-folder.js';
import type { GallerySnapshot } from '../../records/people/gallery-store.js';
import { openSearch } from '../../records/people/search.js';
import { checksLiveness, expectLiveness } from '../../service/setup/configured-rules.js';
import { openComparison } from '../../service/setup/open-comparison.js';
import { openPhotoEncoder } from '../../service/setup/open-photo-encoder.js';
import { sandboxPolicyAround } from '../../service/setup/sandbox-policy.js';
import { readCamera, visionStart } from '../../service/setup/vision-process.js';
import type { FrameReport, Vision, VisionSettings } from '../../vision/ports/vision.js';
import { superviseVision } from '../../vision/process/supervise-vision.js';
import { replayCamera, replayGallery } from './replay-gallery.js';

interface ReplayOptions {
  /** Video files or folders of images. */
  readonly clips: readonly string[];
  readonly gallery: string;
  /** Head file; absent: the encoder alone. */
  readonly head?: string;
  /** Whether the gallery's pictures were taken by the camera of the clips; else they are photographs from elsewhere. */
  readonly isSameCamera?: boolean;
  readonly settings: Omit<VisionSettings, 'source'>;
  /** Of the lane that is replayed, with this pack. */
  readonly rulesFor: (card: ModelCard) => LaneRules;
  readonly onLaneDecision: (clip: string, laneDecision: LaneDecision, at: Monotonic) => void;
  readonly onFrame?: (clip: string, frame: FrameReport) => void;
  readonly onRefused: (file: string, reason: string) => void;
  /** Fault text of a vision process, or why it was replaced. */
  readonly onFault: (clip: string, detail: string) => void;
}

export interface ReplaySum extends ReplayTotals {
  readonly people: number;
  readonly templates: number;
  readonly clips: number;
}

/** @throws TwinstileError 'bad-arguments' for a clip that does not exist, and those of the pack store and the encoder. */
export async function replayClips(options: ReplayOptions, signal: AbortSignal): Promise<ReplaySum> {
  for (const clip of options.clips) refuseMissing(clip);
  const { pack, packFolder } = options.settings;
  const { card } = await openPacks(packFolder).open(pack);
  const rules = options.rulesFor(card);
  expectLiveness(rules, card, '--liveness');
  const gallery = await loadGallery(options, card, signal);
  const totals: ReplayTotals[] = [];
  for (const clip of options.clips) {
    const total = await replayClip(clip, { options, card, rules, gallery }, signal);
    // Cut short: its frames are no sum of a clip.
    if (signal.aborted) break;
    totals.push(total);
  }
  await gallery.byLight.color.search.close();
  const { owners } = gallery.snapshot;
  const counts = { people: new Set(owners).size, templates: owners.length };
  return { ...sumOf(totals), ...counts, clips: totals.length };
}

async function loadGallery(
  { gallery, head, settings, isSameCamera = false, onRefused }: ReplayOptions,
  card: ModelCard,
  signal: AbortSignal,
): Promise<ReplayGallery> {
  const { pack, packFolder } = settings;
  const people = await readGalleryFolder(gallery);
  const comparison = await openComparison(card, head);
  const reach = sandboxPolicyAround(process.env, [packFolder]);
  const { encoder } = await openPhotoEncoder({ pack, packFolder, reach });
  const snapshot = await replayGallery(
    { people, card, encoder, settings, isSameCamera, onRefused },
    signal,
  ).finally(() => encoder.close());
  const prepared = await prepareGallery(comparison, snapshot, openSearch);
  const inLight = (light: Light) =>
    galleryFor(prepared, isSameCamera ? { condition: replayCamera(light) } : undefined);
  return { snapshot, byLight: { color: await inLight('color'), infrared: await inLight('infrared') } };
}

interface ReplayGallery {
  readonly snapshot: GallerySnapshot;
  readonly byLight: Readonly<Record<Light, LaneGallery>>;
}

interface ReplayContext {
  readonly options: ReplayOptions;
  readonly card: ModelCard;
  readonly rules: LaneRules;
  readonly gallery: ReplayGallery;
}

function replayClip(
  clip: string,
  { options, card, rules, gallery }: ReplayContext,
  signal: AbortSignal,
): Promise<ReplayTotals> {
  return replayLane(
    {
      vision: openVision(clip, { options, card, rules }),
      clock: systemClock,
      gallery: (light = 'color') => gallery.byLight[light],
      rules,
      onLaneDecision: (laneDecision, at) => options.onLaneDecision(clip, laneDecision, at),
      onFrame: (frame) => options.onFrame?.(clip, frame),
    },
    signal,
  );
}

function openVision(
  clip: string,
  { options: { settings, onFault }, card, rules }: Omit<ReplayContext, 'gallery'>,
): Vision {
  const vision = superviseVision({
    ...visionStart({
      dimension: card.encoder.dimension,
      onLine: () => {},
      reach: sandboxPolicyAround(process.env, [settings.packFolder, clip]),
    }),
    clock: systemClock,
    setup: {
      ...settings,
      source: readCamera(clip, { pace: 'fast', loop: false }),
      liveness: checksLiveness(rules, card),
    },
  });
  return {
    watch: (onReport, stop) =>
      vision.watch((report) => {
        if (report.kind === 'restarting') onFault(clip, report.cause);
        onReport(report);
      }, stop),
  };
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
