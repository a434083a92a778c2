/** Consumers of a lane's frames other than its decisions: adaptation, and the watch over its camera. */
import { createCameraWatch } from '../../adaptation/camera-watch.js';
import { type LaneId, siteId } from '../../base/ids.js';
import { cameraCondition } from '../../biometrics/conditions/capture-condition.js';
import type { GalleryThrough } from '../../lane/gallery-through.js';
import type { Degraded } from '../../lane/health/degraded-modes.js';
import type { LaneFeatures } from '../../lane/lane-dependencies.js';
import type { Log } from '../../platform/log.js';
import type { Config } from '../config/config-schema.js';
import type { CameraKnowledge } from './camera-knowledge.js';
import type { AdaptationService } from './serve-adaptation.js';

interface LaneStatisticsDependencies {
  readonly config: Pick<Config, 'site'>;
  readonly log: Pick<Log, 'warn' | 'error'>;
  /** Absent where lanes do not adapt to their cameras. */
  readonly adaptation?: Pick<AdaptationService, 'gathererOf'>;
  /** What is known of the cameras; kept here. Absent: they are not watched. */
  readonly cameras?: CameraKnowledge;
}

export function statisticsOf(
  lane: LaneId,
  gallery: () => GalleryThrough,
  { config, log, adaptation, cameras }: LaneStatisticsDependencies,
): LaneFeatures['statistics'] {
  const gatherer = adaptation?.gathererOf(lane, gallery);
  if (cameras === undefined) return gatherer;
  const condition = cameraCondition(siteId(config.site), lane, 'color');
  const watch = createCameraWatch({
    gallery,
    condition,
    begun: cameras.driftOf(lane),
    onState: (state) => cameras.keepDrift(lane, state),
    onPassage: (person, vector) => cameras.met.passed({ live: condition, person, vector }, gallery()),
    onChange(isMoved) {
      if (isMoved) cameras.moved.add(lane);
      else cameras.moved.delete(lane);
      log.warn({ lane }, isMoved ? CHANGED : BACK);
    },
    onFault: (detail) => log.error({ lane, detail }, 'the camera could not be compared with its templates'),
  });
  return {
    see(frame) {
      watch.see(frame);
      gatherer?.see(frame);
    },
    granted(track, person) {
      watch.granted(track, person);
      gatherer?.granted(track, person);
    },
  };
}

const CHANGED = 'the camera is another one than its templates were captured by: its centre is not trusted';
const BACK = 'the camera is the one again that its templates were captured by';

export const movedFaults = (lane: LaneId, moved: ReadonlySet<LaneId> | undefined): readonly Degraded[] =>
  moved?.has(lane) === true ? MOVED : [];

const MOVED: readonly Degraded[] = ['camera-moved'];
