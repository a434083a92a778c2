/** Reports names that are equivalent, or that no rule refers to, because a denial that has no effect gives no error. */
import { badgeKey, doublesAmong, withoutLeadingZeros } from '../../base/names.js';
import type { Enrolled, GalleryStore } from '../../records/people/gallery-store.js';
import { groupsWithoutRule } from '../config/access-model.js';
import type { Config } from '../config/config-schema.js';
import { type Finding, warning, wrong } from './finding.js';

/** A longer list would scroll the important findings off the screen. */
const MAX_NAMED = 5;

export async function namesFindings(
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
  const strange = groupsWithoutRule(access, groups, [registrar?.import.mark ?? 'directory']);
  return [
    ...told(people, (names) =>
      wrong(
        about,
        `Ids of people that mean the same: ${names}. A denial of one is a denial of all, and rules grant only what is written exactly so.`,
        'Find out who is meant, and remove the others: twinstile people remove ID',
      ),
    ),
    ...told(cards, (names) =>
      wrong(
        about,
        `Badges that are one card in several spellings: ${names}. Those of different people let nobody in.`,
        'Give each card to one person: twinstile badge add PERSON BADGE --move',
      ),
    ),
    ...told(zeros, (names) =>
      warning(
        about,
        `Badges that differ by leading zeros only: ${names}.`,
        'If they are one card, keep the one that the reader reports.',
      ),
    ),
    ...told(strange, (names) =>
      warning(
        about,
        `Groups that no rule knows: ${names}. They grant and deny nothing.`,
        'Correct them (twinstile people groups ID --add … --remove …), or describe them in access.groups.',
      ),
    ),
  ];
}

function told(all: readonly string[], say: (names: string) => Finding): readonly Finding[] {
  if (all.length === 0) return [];
  const rest = all.length > MAX_NAMED ? ` and ${all.length - MAX_NAMED} more` : '';
  return [say(`${all.slice(0, MAX_NAMED).join(', ')}${rest}`)];
}
