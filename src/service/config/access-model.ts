/** Builds the access rules from their configuration. */
import type { AccessModel, LanePolicy } from '../../access/policy/model.js';
import { VISITORS } from '../../access/policy/permission.js';
import {
  always,
  dayOf,
  never,
  type OpenAt,
  openHours,
  type Schedule,
  type Span,
  validDays,
  validEver,
} from '../../access/policy/schedule.js';
import { type LaneId, laneId, type PersonId } from '../../base/ids.js';
import { type ClockOf, sharedClocks } from '../../base/local-time.js';
import { badgeKey, idKey } from '../../base/names.js';
import { millis } from '../../base/units.js';
import { type AccessConfig, DAYS, DEFAULT_PERSON_LOCK_MS } from './sections/access-section.js';

type Written = AccessConfig['schedules'][number];

/**
 * @param config as the schema returned it, without conflicts: a missing schedule is never open for a grant and always for a
 * denial. Names are compared by their normalised form, so that spellings in a person's record may differ.
 * @param groupsOf groups from other sources, such as the gallery, in addition to those configured.
 * @param doublesOf all other people whose id has the same normalised form: a denial of one denies all, and a grant applies only
 * to the exact id.
 */
export function accessModelOf(
  config: AccessConfig,
  groupsOf: (person: PersonId) => readonly string[] = () => [],
  doublesOf: (person: PersonId) => readonly PersonId[] = () => [],
): AccessModel {
  const { time_zone: zone, anti_passback: passback } = config;
  const clockOf = sharedClocks();
  const schedules = schedulesOf(config, clockOf);
  const members = config.groups.map(({ id, people }) => ({
    id: idKey(id),
    exactly: new Set(people),
    people: new Set(people.map(idKey)),
  }));
  const granted = (person: PersonId): readonly string[] => {
    const isOneOfSeveral = doublesOf(person).length > 0;
    return members
      .filter(({ exactly, people }) => (isOneOfSeveral ? exactly.has(person) : people.has(idKey(person))))
      .map(({ id }) => id);
  };
  const denied = (person: PersonId): readonly string[] =>
    members.filter(({ people }) => people.has(idKey(person))).map(({ id }) => id);
  const named = (person: PersonId): readonly string[] => groupsOf(person).map(idKey);
  return {
    groupsOf: (person) => new Set([...granted(person), ...named(person)]),
    deniedGroupsOf: (person) =>
      new Set([...denied(person), ...[person, ...doublesOf(person)].flatMap(named)]),
    deniedBadges: new Set(config.denied_badges.map(badgeKey)),
    rules: config.rules
      .flatMap(({ groups, ...rule }) => audiencesOf(groups).map((one) => ({ ...rule, groups: one })))
      .map(({ effect, groups, lanes, schedule, first_day: first, last_day: last }) => ({
        effect,
        groups,
        lanes: lanesOf(lanes),
        during: schedules.get(schedule) ?? (effect === 'deny' ? always : never),
        valid:
          first === undefined && last === undefined ? validEver : validDays(zone, { first, last }, clockOf),
      })),
    lanes: new Map(config.lanes.map((lane) => [laneId(lane.id), policyOf(lane, schedules)])),
    passback: {
      zones: passback.zones,
      again: passback.again_after_ms === undefined ? undefined : millis(passback.again_after_ms),
      day: passback.reset_at === undefined ? undefined : dayOf(zone, minuteOf(passback.reset_at), clockOf),
    },
    quotas: config.quotas.map(({ id, groups, lanes, per_day: perDay }) => ({
      id,
      groups: groupsIn(groups),
      lanes: lanesOf(lanes),
      perDay,
      day: dayOf(zone, 0, clockOf),
    })),
    watchList: {
      people: new Set(config.watch_list.people.map(idKey)),
      groups: new Set(config.watch_list.groups.map(idKey)),
    },
    claimHold: millis(config.person_lock_ms),
  };
}

/** Schedules by name, including the built-in ones. */
export const schedulesOf = (
  config: AccessConfig,
  clockOf: ClockOf = sharedClocks(),
): ReadonlyMap<string, OpenAt> =>
  new Map<string, OpenAt>([
    ['always', always],
    ['never', never],
    ...config.schedules.map((one): [string, OpenAt] => [one.id, openHours(scheduleOf(one, config), clockOf)]),
  ]);

/** Access without rules: every recognised person may pass, but not at two lanes of the box at once. */
export const modelWithoutRules = (groupsOf: (person: PersonId) => readonly string[]): AccessModel => ({
  groupsOf: (person) => new Set(groupsOf(person).map(idKey)),
  rules: (['everyone', new Set([VISITORS])] as const).map((groups) => ({
    effect: 'grant',
    groups,
    lanes: 'all',
    during: always,
    valid: validEver,
  })),
  lanes: new Map(),
  passback: { zones: 'off' },
  quotas: [],
  watchList: { people: new Set(), groups: new Set() },
  claimHold: millis(DEFAULT_PERSON_LOCK_MS),
});

function scheduleOf(
  { time_zone: own, hours, holidays, special_days: special }: Written,
  config: AccessConfig,
): Schedule {
  const calendar = config.holidays.find(({ id }) => id === holidays?.calendar);
  return {
    zone: own ?? config.time_zone,
    week: Object.fromEntries(
      DAYS.map((day) => [day, hours.filter(({ days }) => days.includes(day)).map(spanOf)]),
    ),
    holidays:
      holidays === undefined
        ? undefined
        : { dates: new Set(calendar?.dates), spans: holidays.hours.map(spanOf) },
    special: special.map(({ first, last = first, hours: spans }) => ({
      first,
      last,
      spans: spans.map(spanOf),
    })),
  };
}

function policyOf(lane: AccessConfig['lanes'][number], schedules: ReadonlyMap<string, OpenAt>): LanePolicy {
  const { credentials: usual, exceptions, from_zone: from, to_zone: to, tailgating, count_on: counts } = lane;
  return {
    tailgating,
    counts,
    badgeSuffices: new Set(lane.badge_suffices.map(idKey)),
    credentials:
      usual === undefined
        ? undefined
        : {
            usual,
            exceptions: exceptions.map(({ schedule, credentials: policy }) => ({
              during: schedules.get(schedule) ?? never,
              policy,
            })),
          },
    zones: from === undefined || to === undefined ? undefined : { from, to },
  };
}

/** 'everyone' includes all enrolled people; visitors are not part of it and are listed separately. */
const audiencesOf = (groups: readonly string[]): readonly (ReadonlySet<string> | 'everyone')[] =>
  groups.includes('everyone') && groups.includes(VISITORS)
    ? ['everyone', new Set([VISITORS])]
    : [groupsIn(groups)];

const groupsIn = (groups: readonly string[]): ReadonlySet<string> | 'everyone' =>
  groups.includes('everyone') ? 'everyone' : new Set(groups.map(idKey));

const lanesOf = (lanes: readonly string[]): ReadonlySet<LaneId> | 'all' =>
  lanes.includes('all') ? 'all' : new Set(lanes.map(laneId));

const spanOf = ({ from, to }: { readonly from: string; readonly to: string }): Span => ({
  from: minuteOf(from),
  to: minuteOf(to),
});

const minuteOf = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

type Access = Pick<AccessConfig, 'groups'> | undefined;

/** The name as the rules spell it; unchanged where no rule has it. */
export const groupAsWritten = (access: Access, name: string): string =>
  access?.groups.find(({ id }) => idKey(id) === idKey(name))?.id ?? name;

/**
 * Returns the names that no rule uses, each once; none without rules. Such a group grants nothing and, worse, denies nothing.
 * @param marks further groups in use, such as that of an import.
 */
export function groupsWithoutRule(
  access: Access,
  names: Iterable<string>,
  marks: readonly string[] = [],
): readonly string[] {
  if (access === undefined) return [];
  const known = new Set([VISITORS, ...marks, ...access.groups.map(({ id }) => id)].map(idKey));
  return [...new Set(names)].filter((name) => !known.has(idKey(name)));
}

/** Hint for a group that no rule uses. */
export const groupWithoutRuleLine = (access: NonNullable<Access>, name: string): string =>
  `WARNING: no rule knows the group ${name}: it grants and denies nothing. Known here: ${access.groups.map(({ id }) => id).join(', ') || 'none'}.`;
