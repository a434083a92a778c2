/** Returns under which conditions each lane's faces are live, and the state of its camera. */
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
}

export function laneCameras({ config, passagesOf, moved }: LaneCamerasDependencies): LaneCameras {
  const site = siteId(config.site);
  return {
    generation: () => [...moved()].sort().join(' '),
    async load() {
      const cameras = new Map<LaneId, Readonly<Record<Light, LiveSide>>>();
      const away = moved();
      for (const lane of config.lanes.map(({ id }) => laneId(id))) {
        const isMoved = away.has(lane);
        const passages = await passagesOf(lane);
        const inLight = (light: Light): LiveSide => ({
          condition: cameraCondition(site, lane, light),
          passages,
          isMoved,
        });
        cameras.set(lane, { color: inLight('color'), infrared: inLight('infrared') });
      }
      return cameras;
    },
  };
}
