/** Encodes a folder of photographs and clips of people into a gallery in memory for a replay: nothing is stored. */
import { laneId, siteId } from '../../base/ids.js';
import {
  type CaptureCondition,
  cameraCondition,
  type Light,
  PHOTO,
} from '../../biometrics/conditions/capture-condition.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import { MAX_PHOTO_FILE, readPlainFile } from '../../platform/plain-file.js';
import type { FiledPerson } from '../../records/enrollment/gallery-folder.js';
import type { GallerySnapshot } from '../../records/people/gallery-store.js';
import { embedPhotos } from '../../service/setup/open-photo-encoder.js';
import type { PhotoEncoder, VisionSettings } from '../../vision/ports/vision.js';
import { type GalleryRow, galleryOfRows } from './gallery-in-memory.js';
import { lightOf, looksOf, recordClip } from './recorded-clip.js';

/** Looks at one person in a clip that become templates: spread over the clip, so that each shows something new. */
const TEMPLATES_PER_CLIP = 5;

interface ReplayGalleryDependencies {
  readonly people: readonly FiledPerson[];
  readonly card: ModelCard;
  readonly encoder: PhotoEncoder;
  /** As for the lane, but for the source. */
  readonly settings: Omit<VisionSettings, 'source'>;
  /** Whether the pictures were taken by the camera that is replayed. */
  readonly isSameCamera: boolean;
  /** A file that gave no template, and why. */
  readonly onRefused: (file: string, reason: string) => void;
}

/** The condition of the camera that is replayed. */
export const replayCamera = (light: Light): CaptureCondition =>
  cameraCondition(siteId('replay'), laneId('replay'), light);

export async function replayGallery(
  dependencies: ReplayGalleryDependencies,
  signal: AbortSignal,
): Promise<GallerySnapshot> {
  const { people, card, encoder, settings, isSameCamera, onRefused } = dependencies;
  const conditionIn = (light: Light): CaptureCondition => (isSameCamera ? replayCamera(light) : PHOTO);
  const rows: GalleryRow[] = [];
  const acquired = await embedPhotos(
    people.flatMap(({ photos }) => photos),
    { encoder, read: (file) => readPlainFile(file, { maxBytes: MAX_PHOTO_FILE }) },
    signal,
  );
  for (const { person, photos, clips } of people) {
    for (const photo of photos) {
      const one = acquired.get(photo);
      if (one !== undefined && 'embedding' in one)
        rows.push({ person, vector: one.embedding, condition: conditionIn('color') });
      else onRefused(photo, one?.missing ?? 'unreadable');
    }
    for (const clip of clips) {
      const reports = await recordClip(
        clip,
        { ...settings, liveness: false },
        card.encoder.dimension,
        signal,
      );
      const looks = looksOf(reports, TEMPLATES_PER_CLIP);
      if (looks.length === 0) onRefused(clip, 'no-face');
      const condition = conditionIn(lightOf(reports));
      for (const vector of looks) rows.push({ person, vector, condition });
    }
  }
  const names = people.map(({ person }) => person);
  return galleryOfRows(rows, card, names);
}
