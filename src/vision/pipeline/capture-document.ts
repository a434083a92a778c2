/** Encodes the photograph of the document in front of the second camera, which is open for this capture alone. */
import type { Clock } from '../../base/clock.js';
import { pause } from '../../base/delay.js';
import { explain } from '../../base/errors.js';
import { type Millis, millis } from '../../base/units.js';
import { type Face, interOcular } from '../detection/face.js';
import { isIn } from '../detection/region-of-interest.js';
import type { Camera, Grab, OpenCamera } from '../ports/camera.js';
import type { Picture } from '../ports/picture.js';
import type { DocumentCapture, DocumentCaptureMode, DocumentRegion } from '../ports/vision.js';
import { type EncodedFace, encodeFacesOf, type PhotoEncoding } from './encode-photo.js';

export interface DocumentCaptureDependencies extends Pick<PhotoEncoding, 'models' | 'settings'> {
  readonly open: OpenCamera;
  readonly clock: Clock;
  readonly place: DocumentRegion;
  readonly options: DocumentCaptureMode;
  /** Counted from when the camera is open; 4 s when absent. */
  readonly limit?: Millis;
}

/** The pass is put down or held up in this time, and a camera has got used to the light. */
const LIMIT = millis(4000);
/** Of so many good pictures the best is taken; a document does not move, so that more would show the same. */
const GOOD_PICTURES = 3;
/** A clip that waits longer for its next frame is asked in between. */
const MAX_WAIT = 100;
/** Passes repeat their photograph, small and faint, against forgery: smaller than this share of it, it is not another person. */
const LIKE_SIZE = 0.6;

/** @throws TwinstileError 'model-failed'; what is wrong with camera or pass is a result. */
export async function captureDocument(looking: DocumentCaptureDependencies): Promise<DocumentCapture> {
  let camera: Camera;
  try {
    camera = looking.open(looking.place.source);
  } catch (error) {
    // That it is not there is a result, and its message holds what to do.
    return { kind: 'no-picture', detail: explain(error) };
  }
  try {
    return await watch(camera, looking);
  } finally {
    camera.close();
  }
}

async function watch(camera: Camera, looking: DocumentCaptureDependencies): Promise<DocumentCapture> {
  const { clock, options: mode, limit = LIMIT } = looking;
  const until = clock.monotonic() + limit;
  let best: EncodedFace | undefined;
  let good = 0;
  /** What the last picture showed, when none was good. */
  let last: DocumentCapture = { kind: 'no-picture', detail: `No picture came within ${limit} ms.` };
  while (good < GOOD_PICTURES && clock.monotonic() < until) {
    const grab = take(camera);
    if (grab.kind === 'wait') {
      await pause(millis(Math.min(grab.wait, MAX_WAIT)));
      continue;
    }
    if (grab.kind !== 'frame') {
      if (last.kind === 'no-picture' && grab.detail !== undefined) last = { ...last, detail: grab.detail };
      break;
    }
    const faces = await facesIn(grab, looking);
    if (mode === 'picture') return { kind: 'faces', faces: [] };
    const [only, ...more] = faces;
    last = { kind: 'faces', faces: faces.map(({ photoFace }) => photoFace) };
    if (only === undefined || more.length > 0 || only.photoFace.problems.length > 0) continue;
    good += 1;
    if (best === undefined || only.qualityScore > best.qualityScore) best = only;
  }
  return best === undefined ? last : { kind: 'faces', faces: [best.photoFace] };
}

function take(camera: Camera): Grab {
  try {
    return camera.grab();
  } catch (error) {
    // A camera that throws is as lost as one that reports it.
    return { kind: 'lost', detail: explain(error) };
  }
}

async function facesIn(
  { picture, aligned }: Grab & { kind: 'frame' },
  { models, settings, place, options: mode }: DocumentCaptureDependencies,
): Promise<readonly EncodedFace[]> {
  try {
    if (mode === 'picture') return [];
    return await encodeFacesOf(picture, { models, settings }, (faces) =>
      facesOfDocument(faces, picture, place),
    );
  } finally {
    picture.release();
    aligned?.picture.release();
  }
}

/** A person who bends over the document is larger than its photograph, or outside its zone. */
function facesOfDocument(
  faces: readonly Face[],
  picture: Pick<Picture, 'width' | 'height'>,
  { zone, maxInterOcular = Number.POSITIVE_INFINITY }: DocumentRegion,
): readonly Face[] {
  const there = faces.filter(
    ({ box, points }) => isIn(zone, box, picture) && interOcular(points) <= maxInterOcular,
  );
  const largest = Math.max(...there.map(({ points }) => interOcular(points)));
  return there.filter(({ points }) => interOcular(points) >= LIKE_SIZE * largest);
}
