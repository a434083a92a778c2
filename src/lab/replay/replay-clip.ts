/** Replays recordings through the lane's own vision pipeline and decision engine, one after the other. */
import { statSync } from 'node:fs';
import type { LaneDecision } from '../../access/decision.js';
import type { LaneRules } from '../../access/lane-rules.js';
import { TwinstileError } from '../../base/errors.js';
import { type PersonId, personId, type TrackId } from '../../base/ids.js';
import { showSource } from '../../base/shown-address.js';
import { type Monotonic, wallTime } from '../../base/units.js';
import { PHOTO } from '../../biometrics/conditions/capture-condition.js';
import { digestOf, type ModelCard } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import type { LaneGallery } from '../../lane/decision/lane-gallery.js';
import { galleryThrough } from '../../lane/gallery-through.js';
import { type ReplayTotals, replayLane } from '../../lane/replay-lane.js';
import { MAX_PHOTO_FILE, readPlainFile } from '../../platform/plain-file.js';
import { systemClock } from '../../platform/system-clock.js';
import { type FiledPerson, readGalleryFolder } from '../../records/enrollment/gallery-folder.js';
import type { GallerySnapshot } from '../../records/people/gallery-store.js';
import { openSearch } from '../../records/people/search.js';
import { checksLiveness, expectLiveness } from '../../service/setup/configured-rules.js';
import { openComparison } from '../../service/setup/open-comparison.js';
import { embedPhotos, openPhotoEncoder } from '../../service/setup/open-photo-encoder.js';
import { sandboxPolicyAround } from '../../service/setup/sandbox-policy.js';
import { readCamera, visionStart } from '../../service/setup/vision-process.js';
import type { FrameReport, PhotoEncoder, Vision, VisionSettings } from '../../vision/ports/vision.js';
import { superviseVision } from '../../vision/process/supervise-vision.js';

interface ReplayOptions {
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
    if (signal.aborted) break;
    totals.push(await replayClip(clip, { options, card, rules, gallery }, signal));
  }
  await gallery.search.close();
  const { owners } = gallery.snapshot;
  const counts = { people: new Set(owners).size, templates: owners.length };
  return { ...sumOf(totals), ...counts, clips: totals.length };
}

async function loadGallery(
  { gallery, head, settings, onRefused }: ReplayOptions,
  card: ModelCard,
  signal: AbortSignal,
): Promise<LaneGallery> {
  const { pack, packFolder } = settings;
  const people = await readGalleryFolder(gallery);
  const comparison = await openComparison(card, head);
  const reach = sandboxPolicyAround(process.env, [packFolder]);
  const { encoder } = await openPhotoEncoder({ pack, packFolder, reach });
  const snapshot = await replayGallery({ people, card, encoder, settings, onRefused }, signal).finally(() =>
    encoder.close(),
  );
  return galleryThrough(comparison, snapshot, openSearch);
}

interface ReplayContext {
  readonly options: ReplayOptions;
  readonly card: ModelCard;
  readonly rules: LaneRules;
  readonly gallery: LaneGallery;
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
      gallery: () => gallery,
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

/** Looks at one person in a clip that become templates: spread over the clip, so that each shows something new. */
const TEMPLATES_PER_CLIP = 5;

interface ReplayGalleryDependencies {
  readonly people: readonly FiledPerson[];
  readonly card: ModelCard;
  readonly encoder: PhotoEncoder;
  /** As for the lane, but for the source. */
  readonly settings: Omit<VisionSettings, 'source'>;
  /** A file that gave no template, and why. */
  readonly onRefused: (file: string, reason: string) => void;
}

/** Builds a gallery in memory: people from a folder of photographs and clips, nothing stored. */
async function replayGallery(
  dependencies: ReplayGalleryDependencies,
  signal: AbortSignal,
): Promise<GallerySnapshot> {
  const { people, card, encoder, onRefused } = dependencies;
  const rows: { readonly person: PersonId; readonly vector: Float32Array }[] = [];
  const photos = people.flatMap((person) => person.photos);
  const acquired = await embedPhotos(
    photos,
    { encoder, read: (file) => readPlainFile(file, { maxBytes: MAX_PHOTO_FILE }) },
    signal,
  );
  for (const { person, photos: own, clips } of people) {
    for (const photo of own) {
      const one = acquired.get(photo);
      if (one !== undefined && 'embedding' in one)
        rows.push({ person: personId(person), vector: one.embedding });
      else onRefused(photo, one?.missing ?? 'unreadable');
    }
    for (const clip of clips) {
      const vectors = await vectorsOfClip(clip, dependencies, signal);
      if (vectors.length === 0) onRefused(clip, 'no-face');
      for (const vector of vectors) rows.push({ person: personId(person), vector });
    }
  }
  return snapshotOf(rows, people, card);
}

/** Of the face that was encoded most often: others only pass through the picture. */
async function vectorsOfClip(
  clip: string,
  { card, settings }: ReplayGalleryDependencies,
  signal: AbortSignal,
): Promise<readonly Float32Array[]> {
  const tracks = new Map<TrackId, Float32Array[]>();
  await superviseVision({
    ...visionStart({
      dimension: card.encoder.dimension,
      onLine: () => {},
      reach: sandboxPolicyAround(process.env, [settings.packFolder, clip]),
    }),
    clock: systemClock,
    setup: { ...settings, source: { kind: 'file', path: clip, pace: 'fast', loop: false } },
  }).watch((report) => {
    if (report.kind !== 'frame') return;
    for (const { track, embedding } of report.faces)
      if (embedding !== undefined) tracks.set(track, [...(tracks.get(track) ?? []), embedding]);
  }, signal);
  const main = [...tracks.values()].sort((a, b) => b.length - a.length)[0] ?? [];
  const step = Math.max(1, main.length / TEMPLATES_PER_CLIP);
  return Array.from(
    { length: Math.min(TEMPLATES_PER_CLIP, main.length) },
    (_, index) => main[Math.floor((index + 0.5) * step)],
  ).filter((vector) => vector !== undefined);
}

function snapshotOf(
  rows: readonly { readonly person: PersonId; readonly vector: Float32Array }[],
  people: readonly FiledPerson[],
  card: ModelCard,
): GallerySnapshot {
  const { dimension } = card.encoder;
  const matrix = new Float32Array(rows.length * dimension);
  for (const [index, { vector }] of rows.entries()) matrix.set(vector, index * dimension);
  // Putting a photograph into a folder for a replay is consent for this replay.
  const consent = { textVersion: 'replay', givenAt: wallTime(0) };
  return {
    version: 1,
    digest: digestOf(card),
    dimension,
    matrix,
    owners: rows.map(({ person }) => person),
    conditions: rows.map(() => PHOTO),
    people: new Map(
      people.map(({ person }) => [personId(person), { id: personId(person), name: person, consent }]),
    ),
  };
}
