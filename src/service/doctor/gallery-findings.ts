/** Checks that the gallery opens, has people in it, and is small enough for identification by face alone. */
import { access } from 'node:fs/promises';
import { digestOf } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import { sizeProblems } from '../setup/gallery-size.js';
import { openComparison } from '../setup/open-comparison.js';
import { databaseFile, isRegistrar, withGallery } from '../setup/open-gallery.js';
import { type Check, good, warning, wrong } from './finding.js';
import { namesFindings } from './name-findings.js';

const ABOUT = 'gallery';
const DAY_MS = 86_400_000;

export const checkGallery: Check = {
  about: ABOUT,
  async look({ config, env, clock, packFolder }) {
    const file = databaseFile(config);
    try {
      if (!isRegistrar(config)) await access(file);
    } catch {
      // Opening would create a database, which is left to the service and to enrollment.
      return [wrong(ABOUT, `There is no ${file} yet.`, 'Enrol somebody: twinstile enroll --help.')];
    }
    const { card } = await openPacks(packFolder).open(config.models.pack);
    const comparison = await openComparison(card, config.models.head, config.models.calibration);
    return withGallery(config, env.CREDENTIALS_DIRECTORY, async ({ gallery, journal }) => {
      const { version, owners, people } = await gallery.snapshot(digestOf(card), card.encoder.dimension);
      const everybody = await gallery.list();
      const newest = Math.max(...everybody.flatMap(({ templates }) => templates.map((one) => one.createdAt)));
      const age = Math.floor((clock.wall() - newest) / DAY_MS);
      const said = `Version ${version}: ${people.size} people with ${owners.length} templates of pack ${card.name}`;
      const findings =
        owners.length === 0
          ? [
              wrong(
                ABOUT,
                `${said}, of ${everybody.length} who are enrolled.`,
                `Enrol them with this pack: twinstile enroll, or choose the pack they were enrolled with.`,
              ),
            ]
          : [good(ABOUT, `${said}; the newest template is ${age} days old.`)];
      const sizes = sizeProblems(config.lanes, owners.length, comparison.calibration).map(({ detail }) =>
        wrong(
          ABOUT,
          detail,
          'Ask for a badge in that lane (identification: off), allow a higher max_fpir, or use a pack with a finer table.',
        ),
      );
      const { rows, firstBroken } = await journal.verify();
      const chain =
        firstBroken === undefined
          ? good(ABOUT, `The journal’s ${rows} rows are unbroken.`)
          : wrong(
              ABOUT,
              `Row ${firstBroken} of the journal was changed or is missing.`,
              'Keep a copy of the file for whoever investigates, then restore a backup.',
            );
      const dropped = await journal.dropped();
      const lost =
        dropped === 0
          ? []
          : [
              warning(
                ABOUT,
                `${dropped} events were given up because the outbox was full.`,
                'Find out for how long the broker was away; the journal still has them.',
              ),
            ];
      const names = await namesFindings(ABOUT, gallery, everybody, config);
      return [...findings, ...sizes, ...names, chain, ...lost];
    });
  },
};
