/** Looks at single pictures as enrollment does, in this process, for the measurements of this folder. */
import type { ModelCard } from '../src/biometrics/model-card.js';
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import { openPacks } from '../src/biometrics/packs/pack-store.js';
import type { Face } from '../src/vision/detection/face.js';
import type { QualityProblem } from '../src/vision/detection/quality.js';
import { similarityBetween } from '../src/vision/geometry.js';
import { loadNetwork } from '../src/vision/onnx/onnx-network.js';
import { limitThreads } from '../src/vision/opencv/cv.js';
import { QUALITY_CHIP } from '../src/vision/pipeline/assess-quality.js';
import { encodeFacesOf } from '../src/vision/pipeline/encode-photo.js';
import { loadModels, type Models } from '../src/vision/pipeline/load-models.js';
import type { Picture } from '../src/vision/ports/picture.js';
import { photoEncoderSettings } from '../src/vision/ports/vision.js';

export interface SeenFace {
  readonly face: Face;
  /** The quality chip, bgr8 HWC of 64 x 64. */
  readonly chip: Uint8Array;
  readonly problems: readonly QualityProblem[];
  readonly vector: Float32Array;
}

export interface FaceBench {
  readonly card: ModelCard;
  readonly models: Models;
  /** The face that the picture is most likely of; undefined where there is none. */
  look(picture: Picture): Promise<SeenFace | undefined>;
}

/** @throws TwinstileError of the pack store and of the networks. */
export async function openFaceBench(pack: string): Promise<FaceBench> {
  limitThreads(1);
  const packFolder = packsFolder({ argument: undefined, env: process.env });
  const installed = await openPacks(packFolder).open(pack);
  const models = await loadModels(installed, loadNetwork, { threads: 1, provider: 'cpu' });
  const settings = photoEncoderSettings({ pack, packFolder });
  const { side, points } = QUALITY_CHIP;
  return {
    card: models.card,
    models,
    async look(picture) {
      const [first] = await encodeFacesOf(picture, { models, settings });
      if (first?.photoFace.embedding === undefined) return undefined;
      const { face, photoFace } = first;
      return {
        face,
        chip: picture.warp(similarityBetween(face.points, points), side, side),
        problems: photoFace.problems,
        vector: first.photoFace.embedding,
      };
    },
  };
}
