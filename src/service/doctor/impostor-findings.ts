/** Compares the people enrolled here with each other: reports when their FMR is higher than the calibration table states. */
import { access } from 'node:fs/promises';
import { formatOdds } from '../../access/fmr-bound.js';
import type { FalseMatchRate } from '../../base/units.js';
import { fmrOf } from '../../biometrics/fmr.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import { digestOf } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import { brokenPromise } from '../../biometrics/statistics/calibration-check.js';
import type { GallerySnapshot } from '../../records/people/gallery-store.js';
import { openComparison } from '../setup/open-comparison.js';
import { databaseFile, isRegistrar, withGallery } from '../setup/open-gallery.js';
import { type Check, type Finding, good, warning } from './finding.js';

const ABOUT = 'strangers';
/** 200,000 pairs: more would not change the result, and would take long with a large gallery. */
const MAX_PEOPLE = 633;

export const checkImpostors: Check = {
  about: ABOUT,
  async look({ config, env, packFolder }) {
    try {
      if (!isRegistrar(config)) await access(databaseFile(config));
    } catch {
      // Already reported by the check of the gallery.
      return [];
    }
    const { card } = await openPacks(packFolder).open(config.models.pack);
    const comparison = await openComparison(card, config.models.head, config.models.calibration);
    return withGallery(config, env.CREDENTIALS_DIRECTORY, async ({ gallery }) =>
      findingsOn(await gallery.snapshot(digestOf(card), card.encoder.dimension), comparison),
    );
  },
};

/** One template of each person: several of one person would count the same similarity several times. */
export function findingsOn(
  { matrix, owners, dimension }: GallerySnapshot,
  comparison: Comparison,
): readonly Finding[] {
  const { calibration } = comparison;
  const rows = [...new Map(owners.map((owner, row) => [owner, row])).values()];
  const step = Math.max(1, rows.length / MAX_PEOPLE);
  const picked = Array.from(
    { length: Math.floor(rows.length / step) },
    (_, i) => rows[Math.floor(i * step)] ?? 0,
  );
  if (calibration === undefined || picked.length < 2) return [];
  const vectors = picked.map((row) => matrix.subarray(row * dimension, (row + 1) * dimension));
  const rates: FalseMatchRate[] = [];
  for (const [place, one] of vectors.entries())
    for (const other of vectors.slice(place + 1))
      rates.push(fmrOf(calibration, comparison.between(one, other)));
  const broken = brokenPromise(rates);
  if (broken === undefined)
    return [good(ABOUT, `${rates.length} pairs of people enrolled here are no more alike than promised.`)];
  const { promised, found } = broken;
  return [
    warning(
      ABOUT,
      `${found.errors} of ${found.of} pairs of people enrolled here match where ${formatOdds(promised)} is promised: a stranger may be let in more often than the rules say.`,
      'Enrol with photographs taken elsewhere rather than by the gate’s camera; then measure this site (twinstile calibrate -c FILE) or let the lane adapt (docs/SIAMESE.md).',
    ),
  ];
}
