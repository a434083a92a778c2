/** Examines a pack that a release installed here, with the same networks, provider and threads that a lane uses. */

import { selfTestRules } from '../../biometrics/encoder-self-test.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import type { PackExaminer } from '../../fleet/release-ports.js';
import { examinePack } from '../../fleet/rollout/qualify-pack.js';
import { photoEncoderSettings } from '../../vision/ports/vision.js';
import type { Config } from '../config/config-schema.js';
import { sandboxPolicyOf } from '../setup/sandbox-policy.js';
import { visionStart } from '../setup/vision-process.js';

type Settings = Pick<Config, 'data_dir' | 'models'>;

/** @param packFolder folder of the release's pack. @param onLine called with each line that the process writes. */
export function packExaminer(
  settings: Settings,
  packFolder: string,
  credentials: string | undefined,
  onLine: (line: string) => void,
): PackExaminer {
  return {
    async examine(pack, photos, signal) {
      const { card } = await openPacks(packFolder).open(pack);
      const { provider, threads } = settings.models;
      const start = visionStart({
        dimension: card.encoder.dimension,
        onLine,
        reach: sandboxPolicyOf(settings, packFolder, undefined, credentials),
      });
      const setup = photoEncoderSettings({ packFolder, pack, provider, threads });
      const selfTest = selfTestRules(card.encoder.metric, card.calibration);
      return examinePack({ ...start, setup, selfTest, photos }, signal);
    },
  };
}
