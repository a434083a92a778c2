/** Opens the document camera of one lane, from its configuration. */
import { realpathSync } from 'node:fs';
import { TwinstileError } from '../../../base/errors.js';
import {
  type DocumentCamera,
  type DocumentRegion,
  photoEncoderSettings,
} from '../../../vision/ports/vision.js';
import { startDocumentCamera } from '../../../vision/process/document-camera.js';
import type { Config } from '../../config/config-schema.js';
import type { DocumentConfig } from '../../config/sections/camera-section.js';
import type { LaneConfig } from '../../config/sections/lane-section.js';
import { sandboxPolicyOf } from '../../setup/sandbox-policy.js';
import { visionStart } from '../../setup/vision-process.js';

export interface DocumentCameraDependencies {
  readonly config: Config;
  readonly packFolder: string;
  /** Dimensions of an embedding, from the pack's card. */
  readonly dimension: number;
  /** Value of CREDENTIALS_DIRECTORY. */
  readonly credentials: string | undefined;
  readonly onLine: (line: string) => void;
}

/** @throws TwinstileError 'vision-failed', or the error that the process reports. */
export function startLaneDocumentCamera(
  pass: DocumentConfig,
  { config, packFolder, dimension, credentials, onLine }: DocumentCameraDependencies,
): Promise<DocumentCamera> {
  const { pack, provider, threads } = config.models;
  const reach = sandboxPolicyOf(config, packFolder, pass.camera, credentials);
  const minInterOcular = pass.min_inter_ocular_px;
  return startDocumentCamera({
    ...visionStart({ dimension, onLine, reach }),
    // The detector's as for photographs: a document fills more or less of the picture.
    setup: photoEncoderSettings({ packFolder, pack, provider, threads, minInterOcular }),
    place: placeOf(pass),
  });
}

const placeOf = ({ camera, roi: zone, max_inter_ocular_px: most }: DocumentConfig): DocumentRegion => ({
  source: camera,
  zone,
  maxInterOcular: most,
});

/**
 * Compares devices, because one device may have several names (/dev/v4l/by-id/…), which the configuration alone does not show.
 * @throws TwinstileError 'config-invalid' when the document camera is also a camera that films people.
 */
export function expectOtherCamera(
  lane: Pick<LaneConfig, 'id' | 'document_camera'>,
  lanes: readonly LaneConfig[],
): void {
  const own = lane.document_camera === undefined ? undefined : realPlace(lane.document_camera.camera);
  const twin = lanes.find(({ camera }) => own !== undefined && realPlace(camera) === own);
  if (twin === undefined) return;
  throw new TwinstileError({
    code: 'config-invalid',
    message: `Expected a camera of its own for the passes of lane "${lane.id}", got ${own}, which looks at the people of lane "${twin.id}".`,
    hint: 'Name another camera in pass.camera: a face would be compared with itself.',
  });
}

function realPlace(camera: LaneConfig['camera']): string | undefined {
  const named = 'device' in camera ? camera.device : 'path' in camera ? camera.path : undefined;
  if (named === undefined) return undefined;
  try {
    return realpathSync(named);
  } catch {
    // What is not there is nobody's twin; that it is missing is told when it is opened.
    return undefined;
  }
}
