/** Encodes every face of a photograph, with its quality. */
import { explain, TwinstileError } from '../../base/errors.js';
import type { DetectorCard } from '../../biometrics/model-card.js';
import { byProminence, type Face, interOcular } from '../detection/face.js';
import type { QualityProblem } from '../detection/quality.js';
import type { Picture } from '../ports/picture.js';
import type { EncoderSettings, PhotoFace, PhotoResult } from '../ports/vision.js';
import { assessFace } from './assess-quality.js';
import { alignFace, encodeChips } from './encode-faces.js';
import { findFaces } from './find-faces.js';
import type { Models } from './load-models.js';
import { isProvedUpright } from './upright-check.js';

export interface PhotoEncoding {
  readonly models: Models;
  readonly settings: Pick<EncoderSettings, 'detector' | 'minInterOcular'>;
  /** @throws TwinstileError 'picture-unreadable'. */
  readonly decode: (photo: Uint8Array) => Picture;
}

/**
 * Side to which a small photograph is enlarged for the detector, in pixels. YuNet places its landmarks better on a larger
 * picture: on LFW's pairs 99.17 % at 480, 99.08 % at 640, 99.00 % at 320. The tiny detector loses faces by enlarging.
 */
export const SMALL_PHOTO_SIDE: Readonly<Record<DetectorCard['kind'], number>> = {
  yunet: 480,
  'tiny-face': 320,
};
/** A detector that looks at no more than this finds a face that fills the picture. */
const MIN_CLOSE_UP = 320;
/** A face that is small in a large photograph. */
const LARGE = 1280;
/** A group photograph is refused for enrollment anyway; this many of its faces are reported. */
const MAX_ENCODED = 16;

/**
 * Every face is encoded, also one with problems: enrollment decides whether it will do.
 * @throws TwinstileError 'model-failed'; what is wrong with the photograph is a result.
 */
export async function encodePhoto(photo: Uint8Array, encoding: PhotoEncoding): Promise<PhotoResult> {
  let picture: Picture;
  try {
    picture = encoding.decode(photo);
  } catch (error) {
    if (error instanceof TwinstileError && error.code === 'picture-unreadable')
      return { kind: 'unreadable', detail: explain(error) };
    throw error;
  }
  try {
    return await encodePicture(picture, encoding);
  } finally {
    picture.release();
  }
}

async function encodePicture(picture: Picture, encoding: PhotoEncoding): Promise<PhotoResult> {
  const faces = await encodeFacesOf(picture, encoding);
  return { kind: 'faces', faces: faces.map(({ photoFace }) => photoFace) };
}

export interface EncodedFace {
  readonly photoFace: PhotoFace;
  /** As it was found. */
  readonly face: Face;
  /** 0..1, to choose between pictures of one face. */
  readonly qualityScore: number;
}

/**
 * @param select which of the faces are encoded; all when absent.
 * @returns the one that the picture is most likely of first.
 * @throws TwinstileError 'model-failed'.
 */
export async function encodeFacesOf(
  picture: Picture,
  { models, settings }: Pick<PhotoEncoding, 'models' | 'settings'>,
  select: (faces: readonly Face[]) => readonly Face[] = (faces) => faces,
): Promise<readonly EncodedFace[]> {
  const { minScore } = settings.detector;
  const found = select(await findFacesAtSizes(picture, models, settings));
  const faces = byProminence(found, picture).slice(0, MAX_ENCODED);
  const chips = faces.map((face) => alignFace(picture, face, models.card.encoder));
  const embeddings = await encodeChips(chips, models);
  const encoded: EncodedFace[] = [];
  for (const [index, face] of faces.entries()) {
    const rules = { minInterOcular: settings.minInterOcular, minScore };
    const { problems: found, qualityScore } = assessFace(picture, face, rules);
    const upright = await isProvedUpright(picture, face, models);
    const problems: readonly QualityProblem[] = upright ? found : [...found, 'not-upright'];
    const seen = { box: face.box, interOcular: interOcular(face.points), problems };
    const embedding = embeddings[index];
    encoded.push({
      face,
      qualityScore,
      photoFace: embedding === undefined ? seen : { ...seen, embedding },
    });
  }
  return encoded;
}

/** At one size after the other until there is a face: photographs come in all sizes, and so do faces in them. */
export async function findFacesAtSizes(
  picture: Picture,
  models: Models,
  { detector }: Pick<EncoderSettings, 'detector'>,
): Promise<readonly Face[]> {
  const small = SMALL_PHOTO_SIDE[models.card.detector.kind];
  const own = Math.max(picture.width, picture.height);
  const first = own <= small ? small : detector.width;
  for (const longest of new Set([first, detector.width, MIN_CLOSE_UP, LARGE])) {
    const faces = await findFaces(picture, models, { longest, minScore: detector.minScore });
    if (faces.length > 0) return faces;
  }
  return [];
}
