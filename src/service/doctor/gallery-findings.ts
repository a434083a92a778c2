/**
 * Checks the gallery: people, age, journal, names, size for identification by face alone, and FMR among the people enrolled.
 */
import { access } from 'node:fs/promises';
import { formatOdds } from '../../access/fmr-bound.js';
import { badgeKey, doublesAmong, withoutLeadingZeros } from '../../base/names.js';
import type { FalseMatchRate } from '../../base/units.js';
import { fmrOf } from '../../biometrics/fmr.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import { digestOf } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import { brokenPromise } from '../../biometrics/statistics/calibration.js';
import type { Enrolled, GallerySnapshot, GalleryStore } from '../../records/people/gallery-store.js';
import { groupsWithoutRule } from '../config/access-model.js';
import type { Config } from '../config/config-schema.js';
import { openComparison, sizeProblems } from '../setup/open-comparison.js';
import { databaseFile, isRegistrar, withGallery } from '../setup/open-gallery.js';
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
      const said = `Version ${version}: ${people.size} people with ${owners.length} templates of pack ${card.name}`;
      const findings =
        owners.length === 0
          ? [
              wrong(
                GALLERY,
                `${said}, of ${everybody.length} who are enrolled.`,
                `Enroll them with this pack: twinstile enroll, or choose the pack they were enrolled with.`,
              ),
            ]
          : [good(GALLERY, `${said}; the newest template is ${age} days old.`)];
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
          ? good(GALLERY, `The journal’s ${rows} rows are unbroken.`)
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
  const zeros = doublesAmong(new Set(badges.map(badgeKey)), withoutLeadingZeros).map((those) =>
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
        `Badges that differ by leading zeros only: ${names}.`,
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
/** 200,000 pairs: more would not change the result, and would take long with a large gallery. */
const MAX_PEOPLE = 633;

/** Compares the people enrolled here with each other: reports when their FMR is higher than the calibration table states. */
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
    return [
      good(IMPOSTORS, `${rates.length} pairs of people enrolled here are no more alike than promised.`),
    ];
  const { promised, found } = broken;
  return [
    warning(
      IMPOSTORS,
      `${found.errors} of ${found.of} pairs of people enrolled here match where ${formatOdds(promised)} is promised: a stranger may be let in more often than the rules say.`,
      'Enroll with photographs taken elsewhere rather than by the gate’s camera; then measure this site (twinstile calibrate -c FILE) or let the lane adapt (docs/SIAMESE.md).',
    ),
  ];
}
