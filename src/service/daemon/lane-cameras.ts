/** Returns under which conditions each lane's faces are live, and the state of its camera. */
import type { MetEvidence } from '../../adaptation/met-evidence.js';
import { type LaneId, laneId, siteId } from '../../base/ids.js';
import { cameraCondition, type Light } from '../../biometrics/conditions/capture-condition.js';
import type { ConditionCentre } from '../../biometrics/conditions/condition-centre.js';
import type { LiveSide } from '../../lane/gallery-through.js';
import type { LaneCameras } from '../../lane/live-gallery.js';
import type { Config } from '../config/config-schema.js';

interface LaneCamerasDependencies {
  readonly config: Pick<Config, 'site' | 'lanes'>;
  /** Of people who passed the lane; undefined where none are kept. */
  readonly passagesOf: (lane: LaneId) => Promise<ConditionCentre | undefined>;
  /** Lanes whose cameras are not those any more that their templates were captured by. */
  readonly moved: () => ReadonlySet<LaneId>;
  /** Distances of faces that were met here. Absent: none are kept. */
  readonly met?: Pick<MetEvidence, 'generation' | 'load'>;
}

export function laneCameras({ config, passagesOf, moved, met }: LaneCamerasDependencies): LaneCameras {
  const site = siteId(config.site);
  return {
    generation: () => [met?.generation() ?? 0, ...[...moved()].sort()].join(' '),
    async load() {
      const cameras = new Map<LaneId, Readonly<Record<Light, LiveSide>>>();
      const away = moved();
      for (const lane of config.lanes.map(({ id }) => laneId(id))) {
        const isMoved = away.has(lane);
        const passages = await passagesOf(lane);
        const inLight = async (light: Light): Promise<LiveSide> => {
          const condition = cameraCondition(site, lane, light);
          return { condition, passages, isMoved, met: await met?.load(condition) };
        };
        cameras.set(lane, { color: await inLight('color'), infrared: await inLight('infrared') });
      }
      return cameras;
    },
  };
}
