/** Examines a pack that was placed here by a release: the same networks, provider and threads as a lane would use. */
import { openPacks } from '../../adapters/packs/store.js';
import { examinePack } from '../../adapters/vision/examiner.js';
import type { Config } from '../../config/schema.js';
import type { PackExaminer } from '../../ports/models.js';
import { canaryRules } from '../../siamese/canary.js';
import { visionStart } from '../box/vision-start.js';
import { PHOTO_MIN_INTER_OCULAR } from '../photos/open-photo-encoder.js';
import { reachOf } from '../shut-in.js';

type Settings = Pick<Config, 'data' | 'models'>;

/** @param packFolder of the releases. @param onLine hears what the process writes. */
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
        reach: reachOf(settings, packFolder, undefined, credentials),
      });
      const setup = {
        packFolder,
        pack,
        provider,
        threads,
        detector: { width: 640, minScore: MIN_SCORE },
        minInterOcular: PHOTO_MIN_INTER_OCULAR,
      };
      const canary = canaryRules(card.encoder.metric, card.calibration);
      return examinePack({ ...start, setup, canary, photos }, signal);
    },
  };
}

/** As for photographs of enrolment. */
const MIN_SCORE = 0.6;
