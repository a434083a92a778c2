/** A gallery in memory for a replay: people from a folder of photographs and clips, nothing stored. */

import { type PersonId, personId, type TrackId } from '../../base/ids.js';
import { wallTime } from '../../base/units.js';
import { PHOTO } from '../../biometrics/conditions/capture-condition.js';
import { digestOf, type ModelCard } from '../../biometrics/model-card.js';
import { MAX_PHOTO_FILE, readPlainFile } from '../../platform/plain-file.js';
import { systemClock } from '../../platform/system-clock.js';
import type { FiledPerson } from '../../records/enrollment/gallery-folder.js';
import type { GallerySnapshot } from '../../records/people/gallery-store.js';
import { embedPhotos } from '../../service/setup/open-photo-encoder.js';
import { sandboxPolicyAround } from '../../service/setup/sandbox-policy.js';
import { visionStart } from '../../service/setup/vision-process.js';
import type { PhotoEncoder, VisionSettings } from '../../vision/ports/vision.js';
import { superviseVision } from '../../vision/process/supervise-vision.js';

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

export async function replayGallery(
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
