/**
 * Checks the gallery: people, age, journal, names, size for identification by face alone, and FMR among the people enrolled.
 */

import { access } from 'node:fs/promises';
import { openImpostorStore } from '../../adaptation/impostor-store.js';
import { badgeKey, doublesAmong, looseBadgeKey } from '../../base/names.js';
import { countPeople, plural } from '../../base/plural.js';
import type { CaptureCondition } from '../../biometrics/conditions/capture-condition.js';
import { digestOf } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import type { PromiseStanding } from '../../biometrics/statistics/site-promise.js';
import { prepareGallery } from '../../lane/gallery-through.js';
import type { LanePromise } from '../../lane/health/lane-state.js';
import type { Enrolled, GalleryStore } from '../../records/people/gallery-store.js';
import { openSearch } from '../../records/people/search.js';
import { groupsWithoutRule } from '../config/access-model.js';
import type { Config } from '../config/config-schema.js';
import { ownConditions, promisedLanes } from '../setup/lane-promises.js';
import { openComparison, sizeProblems } from '../setup/open-comparison.js';
import { databaseFile, isRegistrar, withDatabase, withGallery } from '../setup/open-gallery.js';
import { type Check, type Finding, good, warning, wrong } from './finding.js';

const GALLERY = 'gallery';
const DAY_MS = 86_400_000;

export const checkGallery: Check = {
  about: GALLERY,
  async look({ config, env, clock, packFolder }) {
    const file = databaseFile(config);
    try {
      if (!isRegistrar(config)) await access(file);
    } catch {
      // Opening would create a database, which is left to the service and to enrollment.
      return [wrong(GALLERY, `There is no ${file} yet.`, 'Enroll somebody: twinstile enroll --help.')];
    }
    const { card } = await openPacks(packFolder).open(config.models.pack);
    const comparison = await openComparison(card, config.models.head, config.models.calibration);
    return withGallery(config, env.CREDENTIALS_DIRECTORY, async ({ gallery, journal }) => {
      const { version, owners, people } = await gallery.snapshot(digestOf(card), card.encoder.dimension);
      const everybody = await gallery.list();
      const newest = Math.max(...everybody.flatMap(({ templates }) => templates.map((one) => one.createdAt)));
      const age = Math.floor((clock.wall() - newest) / DAY_MS);
      const said = `Version ${version}: ${countPeople(people.size)} with ${plural(owners.length, 'template')} of pack ${card.name}`;
      const findings =
        owners.length === 0
          ? [
              wrong(
                GALLERY,
                `${said}, of ${everybody.length} who are enrolled.`,
                `Enroll them with this pack: twinstile enroll, or choose the pack they were enrolled with.`,
              ),
            ]
          : [good(GALLERY, `${said}; the newest template is ${plural(age, 'day')} old.`)];
      const sizes = sizeProblems(config.lanes, owners.length, comparison.calibration).map(({ detail }) =>
        wrong(
          GALLERY,
          detail,
          'Ask for a badge in that lane (identification: off), allow a higher max_fpir, or use a pack with a finer table.',
        ),
      );
      const { rows, firstBroken } = await journal.verify();
      const chain =
        firstBroken === undefined
          ? good(GALLERY, `The journal’s ${plural(rows, 'row is', 'rows are')} unbroken.`)
          : wrong(
              GALLERY,
              `Row ${firstBroken} of the journal was changed or is missing.`,
              'Keep a copy of the file for whoever investigates, then restore a backup.',
            );
      const dropped = await journal.dropped();
      const lost =
        dropped === 0
          ? []
          : [
              warning(
                GALLERY,
                `${dropped} events were given up because the outbox was full.`,
                'Find out for how long the broker was away; the journal still has them.',
              ),
            ];
      const names = await namesFindings(GALLERY, gallery, everybody, config);
      return [...findings, ...sizes, ...names, chain, ...lost];
    });
  },
};

/** A longer list would scroll the important findings off the screen. */
const MAX_NAMED = 5;

/** Reports names that are equivalent, or that no rule refers to, because a denial that has no effect gives no error. */
async function namesFindings(
  about: string,
  gallery: Pick<GalleryStore, 'idClashes'>,
  everybody: readonly Enrolled[],
  { access, registrar }: Pick<Config, 'access' | 'registrar'>,
): Promise<readonly Finding[]> {
  const badges = everybody.flatMap((one) => one.badges);
  const groups = everybody.flatMap(({ person }) => person.groups ?? []);
  const people = (await gallery.idClashes()).map((those) => those.map(({ id }) => id).join(' and '));
  const cards = doublesAmong(badges, badgeKey).map((those) => those.join(' and '));
  const zeros = doublesAmong(new Set(badges.map(badgeKey)), looseBadgeKey).map((those) =>
    those.join(' and '),
  );
  const unknownGroups = groupsWithoutRule(access, groups, [registrar?.import.mark ?? 'directory']);
  return [
    ...findingsFor(people, (names) =>
      wrong(
        about,
        `Ids of people that mean the same: ${names}. A denial of one is a denial of all, and rules grant only what is written exactly so.`,
        'Find out who is meant, and remove the others: twinstile people remove ID',
      ),
    ),
    ...findingsFor(cards, (names) =>
      wrong(
        about,
        `Badges that are one card in several spellings: ${names}. Those of different people let nobody in.`,
        'Give each card to one person: twinstile badge add PERSON BADGE --move',
      ),
    ),
    ...findingsFor(zeros, (names) =>
      warning(
        about,
        `Badges that differ by leading zeros or separators only: ${names}.`,
        'If they are one card, keep the one that the reader reports.',
      ),
    ),
    ...findingsFor(unknownGroups, (names) =>
      warning(
        about,
        `Groups that no rule knows: ${names}. They grant and deny nothing.`,
        'Correct them (twinstile people groups ID --add … --remove …), or describe them in access.groups.',
      ),
    ),
  ];
}

function findingsFor(all: readonly string[], findingOf: (names: string) => Finding): readonly Finding[] {
  if (all.length === 0) return [];
  const rest = all.length > MAX_NAMED ? ` and ${all.length - MAX_NAMED} more` : '';
  return [findingOf(`${all.slice(0, MAX_NAMED).join(', ')}${rest}`)];
}

const IMPOSTORS = 'strangers';

/** Compares the people enrolled here with each other, as each lane compares: reports what its table's promise rests on. */
export const checkImpostors: Check = {
  about: IMPOSTORS,
  async look({ config, env, packFolder }) {
    try {
      if (!isRegistrar(config)) await access(databaseFile(config));
    } catch {
      // Already reported by the check of the gallery.
      return [];
    }
    const { card } = await openPacks(packFolder).open(config.models.pack);
    const comparison = await openComparison(card, config.models.head, config.models.calibration);
    return withGallery(config, env.CREDENTIALS_DIRECTORY, async ({ gallery }) => {
      const snapshot = await gallery.snapshot(digestOf(card), card.encoder.dimension);
      const prepared = await prepareGallery(comparison, snapshot, openSearch, ownConditions(config));
      const metAt = (live: CaptureCondition) =>
        withDatabase(config, (database) => openImpostorStore(database).load(live));
      const lanes = await promisedLanes(config, prepared, isRegistrar(config) ? undefined : metAt);
      await prepared.search.close();
      return lanes.flatMap(({ lane, promise }) =>
        promise === undefined ? [] : promiseFindings(lane, promise),
      );
    });
  },
};

const MODES = { identification: 'a face alone', verification: 'a badge and its face' } as const;

/** Reports what the promises of one lane rest on. */
export const promiseFindings = (lane: string, promise: LanePromise): readonly Finding[] =>
  (['identification', 'verification'] as const).flatMap((mode) => {
    const standing = promise[mode];
    return standing === undefined ? [] : [findingOf(`Lane ${lane}, ${MODES[mode]}`, standing, promise)];
  });

function findingOf(said: string, standing: PromiseStanding, { centrePeople, pairs }: LanePromise): Finding {
  const seen = pairs === 0 ? 'nobody to compare with' : `${plural(pairs, 'pair')} of people enrolled here`;
  switch (standing) {
    case 'contradicted':
      return warning(
        IMPOSTORS,
        `${said}: people enrolled here are more alike than the table says (${seen}); the lane uses a stricter table.`,
        'See who is alike, and set where templates were captured: twinstile people audit.',
      );
    case 'measured':
      return good(IMPOSTORS, `${said}: measured here, ${seen} keep the promise.`);
    case 'centred':
      return good(
        IMPOSTORS,
        `${said}: what the camera makes of everybody is taken away, by ${centrePeople} enrolled there (${seen}).`,
      );
    case 'delivered':
      return good(IMPOSTORS, `${said}: the table as delivered; nobody contradicts it (${seen}).`);
  }
}
