/** Holds the settings of every encoder of photographs: enrolment, release examination, crops and document camera must find the same faces. */
import type { EncoderSettings } from './vision.js';

/** Width the detector works at, in pixels, and its lowest score; a lane may be configured otherwise. */
export const DETECTOR_DEFAULTS = { width: 640, minScore: 0.6 } as const;
/** In pixels. Photographs are smaller than what a camera sees of a person: half a lane's default is still a good template. */
const PHOTO_MIN_INTER_OCULAR = 12;

export interface PhotoEncoderOptions extends Pick<EncoderSettings, 'pack' | 'packFolder'> {
  /** Absent: the CPU. */
  readonly provider?: string;
  /** Absent: one. */
  readonly threads?: number;
  /** Width the detector works at, in pixels. */
  readonly detectorWidth?: number;
  readonly minInterOcular?: number;
}

export const photoEncoderSettings = ({
  pack,
  packFolder,
  provider = 'cpu',
  threads = 1,
  detectorWidth = DETECTOR_DEFAULTS.width,
  minInterOcular = PHOTO_MIN_INTER_OCULAR,
}: PhotoEncoderOptions): EncoderSettings => ({
  packFolder,
  pack,
  provider,
  threads,
  detector: { ...DETECTOR_DEFAULTS, width: detectorWidth },
  minInterOcular,
});
