/** What a vision process must know of a lane, but for where the pictures come from. */

import type { VisionSettings } from '../../vision/ports/vision.js';
import { type LaneConfig, laneSchema } from '../config/sections/lane-section.js';

type Eye = Omit<VisionSettings, 'source'>;
type Networks = Pick<Eye, 'pack' | 'packFolder' | 'provider' | 'threads'>;

export const eyeOf = (
  { detector, quality, zone }: Pick<LaneConfig, 'detector' | 'quality' | 'zone'>,
  { pack, packFolder, provider, threads }: Networks,
): Eye => ({
  pack,
  packFolder,
  provider,
  threads,
  detector: { width: detector.width, minScore: detector.min_score },
  minInterOcular: quality.min_inter_ocular_px,
  zone,
});

/** As a lane without settings of its own, for measuring on recordings. @param minInterOcular instead of the lane's default. */
export function plainEye(pack: string, packFolder: string, minInterOcular?: number): Eye {
  const lane = laneSchema.parse({
    id: 'recordings',
    gate: 'none',
    direction: 'in',
    camera: { kind: 'file', path: 'clip' },
    quality: { min_inter_ocular_px: minInterOcular },
  });
  return eyeOf(lane, onCpu(pack, packFolder));
}

/** One thread on the CPU: what every machine has, and what figures are compared by. */
export const onCpu = (pack: string, packFolder: string): Networks => ({
  pack,
  packFolder,
  provider: 'cpu',
  threads: 1,
});
