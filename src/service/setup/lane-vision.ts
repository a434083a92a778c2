/** Derives the settings of a lane's vision process, except its camera. */

import type { VisionSettings } from '../../vision/ports/vision.js';
import { type LaneConfig, laneSchema } from '../config/sections/lane-section.js';

type LaneVisionSettings = Omit<VisionSettings, 'source'>;
type Networks = Pick<LaneVisionSettings, 'pack' | 'packFolder' | 'provider' | 'threads'>;

export const visionSettingsOf = (
  { detector, quality, roi: zone }: Pick<LaneConfig, 'detector' | 'quality' | 'roi'>,
  { pack, packFolder, provider, threads }: Networks,
): LaneVisionSettings => ({
  pack,
  packFolder,
  provider,
  threads,
  detector: { width: detector.width, minScore: detector.min_score },
  minInterOcular: quality.min_inter_ocular_px,
  zone,
});

/**
 * Settings of a lane with the defaults only, for measurements on recordings.
 * @param minInterOcular replaces the lane's default.
 */
export function recordingVisionSettings(
  pack: string,
  packFolder: string,
  minInterOcular?: number,
): LaneVisionSettings {
  const lane = laneSchema.parse({
    id: 'recordings',
    gate: 'none',
    direction: 'in',
    camera: { kind: 'file', path: 'clip' },
    quality: { min_inter_ocular_px: minInterOcular },
  });
  return visionSettingsOf(lane, onCpu(pack, packFolder));
}

/** One thread on the CPU: available on every machine, and the basis on which figures are compared. */
export const onCpu = (pack: string, packFolder: string): Networks => ({
  pack,
  packFolder,
  provider: 'cpu',
  threads: 1,
});
