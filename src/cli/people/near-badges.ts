/** Finds badges that differ so little that two programs probably wrote down one card. */
import { badgeKey, looseBadgeKey } from '../../base/names.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';

/** More would push what matters off the screen; doctor looks at all of them. */
const MAX_LINES = 10;

export interface HeldBadge {
  readonly badge: string;
  readonly person: string;
}

/**
 * Looks for near ones of the given badges, among themselves and all that are enrolled.
 * @returns lines for the terminal; empty where there is none.
 */
export async function nearBadgeLines(
  gallery: Pick<GalleryStore, 'list'>,
  given: readonly HeldBadge[],
): Promise<readonly string[]> {
  if (given.length === 0) return [];
  const wanted = new Map<string, Set<string>>();
  for (const { badge } of given)
    wanted.set(looseBadgeKey(badge), (wanted.get(looseBadgeKey(badge)) ?? new Set()).add(badgeKey(badge)));
  const held = (await gallery.list()).flatMap(({ person: { id }, badges }) =>
    badges.map((badge): HeldBadge => ({ badge, person: id })),
  );
  const near = [...held, ...given].flatMap(({ badge, person }) =>
    [...(wanted.get(looseBadgeKey(badge)) ?? [])]
      .filter((key) => key !== badgeKey(badge))
      .map((key) => ({ pair: [key, badgeKey(badge)].sort().join(' '), badge, person })),
  );
  const once = [...new Map(near.map((one) => [one.pair, one])).values()];
  return [
    ...once
      .slice(0, MAX_LINES)
      .map(
        ({ badge, person, pair }) =>
          `WARNING: badge ${badge} of ${person} differs from ${other(pair, badge)} by leading zeros or separators only. If it is the same card, keep the one that the reader reports.`,
      ),
    ...(once.length > MAX_LINES
      ? [`and ${once.length - MAX_LINES} more; see them with: twinstile doctor`]
      : []),
  ];
}

const other = (pair: string, badge: string): string =>
  (pair.split(' ').find((key) => key !== badgeKey(badge)) ?? '').toUpperCase();
