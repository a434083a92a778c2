/** Checks that the model pack is complete and has a calibration of its distances. */

import { formatOdds, formatPromise } from '../../access/fmr-bound.js';
import { countPeople } from '../../base/plural.js';
import { distance, type FalseMatchRate, falseMatchRate } from '../../base/units.js';
import { fmrOf, isExtrapolated } from '../../biometrics/fmr.js';
import type { CalibrationTable } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import { schedulesOf } from '../config/access-model.js';
import { expectLiveness, rulesOf } from '../setup/configured-rules.js';
import { openComparison } from '../setup/open-comparison.js';
import { type Check, good, wrong } from './finding.js';

const ABOUT = 'model pack';

export const checkPack: Check = {
  about: ABOUT,
  async look({ config, packFolder }) {
    const { card } = await openPacks(packFolder).open(config.models.pack);
    const schedules = config.access === undefined ? undefined : schedulesOf(config.access);
    for (const lane of config.lanes)
      expectLiveness(rulesOf(lane, card, schedules), card, `lane "${lane.id}"`);
    const { name, liveness } = card;
    const { calibration, head } = await openComparison(
      card,
      config.models.head,
      config.models.calibration,
      config.models.reranker,
    );
    const isHead = head.kind !== 'identity';
    const whole = good(
      ABOUT,
      `${name}: every file has its size and sha256; ${liveness.length} liveness networks.`,
    );
    if (calibration === undefined)
      return [
        whole,
        wrong(
          ABOUT,
          `${isHead ? 'The head' : name} has no calibration table, so that nobody is let in.`,
          isHead
            ? 'Run: twinstile calibrate --head FILE, and name what it writes in models.calibration.'
            : 'Run: twinstile calibrate, or choose a pack that has one.',
        ),
      ];
    const surest = fmrOf(calibration, distance(0));
    return [
      whole,
      good(
        ABOUT,
        `${isHead ? 'Its head' : 'It'} was measured on ${countPeople(calibration.people)}, down to ${formatFmrFloor(calibration, surest)}.`,
      ),
    ];
  },
};

const formatFmrFloor = (calibration: CalibrationTable, surest: FalseMatchRate): string =>
  calibration.extrapolation !== undefined && isExtrapolated(calibration, surest)
    ? `${formatOdds(falseMatchRate(calibration.extrapolation.below))}, and from there on to ${formatPromise(surest, true)}`
    : formatOdds(surest);
