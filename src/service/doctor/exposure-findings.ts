/** Reports what the configuration leaves open, even though everything works. */
import { openPacks } from '../../biometrics/packs/pack-store.js';
import { exposuresOf } from '../setup/exposures.js';
import { withoutFaceFreeWay } from '../setup/face-free.js';
import { type Check, good, warning } from './finding.js';

const ABOUT = 'open';

export const checkExposures: Check = {
  about: ABOUT,
  async look({ config, packFolder }) {
    if (config.lanes.length === 0) return [];
    const { card } = await openPacks(packFolder).open(config.models.pack);
    const found = exposuresOf(config, card);
    const shut = withoutFaceFreeWay(config).map(({ direction, sentence, todo }) =>
      warning(`without a face ${direction}`, sentence, todo),
    );
    if (found.length === 0) return [good(ABOUT, 'Nothing that the configuration could close.'), ...shut];
    const open = found.map(({ code, lane, sentence, todo }) =>
      warning(`${ABOUT} ${code}${lane === undefined ? '' : ` ${lane}`}`, sentence, todo),
    );
    return [...open, ...shut];
  },
};
