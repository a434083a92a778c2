/** Refuses access rules that are contradictory or without effect. Reads the raw document, to report all problems together. */
import { VISITORS } from '../../../access/policy/permission.js';
import { idKey } from '../../../base/names.js';
import {
  type Entry,
  entriesOf,
  formatValue,
  inOrder,
  isGroup,
  type Problem,
} from '../sections/raw-config.js';

type Group = Readonly<Record<string, unknown>>;

/** @param access the group `access`. @param lanes the list `lanes` of the same document. */
export function accessConflicts(access: unknown, lanes: unknown): readonly Problem[] {
  if (!isGroup(access)) return [];
  const list = (name: string) => entriesOf(access[name], `access.${name}`);
  const known = {
    schedule: new Set(['always', 'never', ...idsOf(list('schedules'))]),
    group: new Set(['everyone', VISITORS, ...idsOf(list('groups'))]),
    lane: new Set(['all', ...idsOf(entriesOf(lanes, 'lanes'))]),
    calendar: new Set(idsOf(list('holidays'))),
    zone: new Set(Array.isArray(access.zones) ? access.zones.map(String) : []),
  };
  type Kind = keyof typeof known;
  const unknown = (kind: Kind, { path, group }: Entry, key: string): readonly Problem[] =>
    namesIn(group[key]).flatMap(({ name, suffix }) =>
      known[kind].has(name)
        ? []
        : [
            {
              path: `${path}.${key}${suffix}`,
              text: `Expected a ${kind} that is described, got ${formatValue(name)}. Known here: ${[...known[kind]].join(', ') || 'none'}.`,
            },
          ],
    );
  const watch = { path: 'access.watch_list', group: isGroup(access.watch_list) ? access.watch_list : {} };

  return [
    ...['holidays', 'schedules', 'groups', 'lanes', 'quotas'].flatMap((name) => twice(list(name))),
    ...zonesTwice(access.zones),
    ...reserved(list('schedules'), ['always', 'never']),
    ...reserved(list('groups'), ['everyone']),
    ...reserved(list('lanes'), ['all']),
    ...list('schedules').flatMap((entry) => [
      ...scheduleConflicts(entry),
      ...(isGroup(entry.group.holidays)
        ? unknown('calendar', { path: `${entry.path}.holidays`, group: entry.group.holidays }, 'calendar')
        : []),
    ]),
    ...list('rules').flatMap((entry) => [
      ...unknown('group', entry, 'groups'),
      ...unknown('lane', entry, 'lanes'),
      ...unknown('schedule', entry, 'schedule'),
      ...inOrder(entry, 'first_day', 'last_day'),
    ]),
    ...list('quotas').flatMap((entry) => [
      ...unknown('group', entry, 'groups'),
      ...unknown('lane', entry, 'lanes'),
    ]),
    ...unknown('group', watch, 'groups'),
    ...list('lanes').flatMap((entry) => [
      ...unknown('lane', entry, 'id'),
      ...unknown('group', entry, 'badge_suffices'),
      ...badgeForAll(entry),
      ...unknown('zone', entry, 'from_zone'),
      ...unknown('zone', entry, 'to_zone'),
      ...laneConflicts(entry),
      ...entriesOf(entry.group.exceptions, `${entry.path}.exceptions`).flatMap((one) =>
        unknown('schedule', one, 'schedule'),
      ),
    ]),
    ...passbackConflicts(access, list('lanes')),
  ];
}

const idsOf = (entries: readonly Entry[]): readonly string[] => entries.map(({ group }) => String(group.id));

const namesIn = (value: unknown): readonly { readonly name: string; readonly suffix: string }[] =>
  Array.isArray(value)
    ? value.map((name, index) => ({ name: String(name), suffix: `[${index}]` }))
    : typeof value === 'string'
      ? [{ name: value, suffix: '' }]
      : [];

function twice(entries: readonly Entry[]): readonly Problem[] {
  const first = new Map<string, string>();
  return entries.flatMap(({ path, group: { id } }) => {
    if (id === undefined) return [];
    const key = idKey(String(id));
    const before = first.get(key);
    if (before === undefined) first.set(key, path);
    if (before === undefined) return [];
    return [
      {
        path: `${path}.id`,
        text: `Expected a name of its own, got ${formatValue(id)}, which is ${before} already. Rename one.`,
      },
    ];
  });
}

const reserved = (entries: readonly Entry[], names: readonly string[]): readonly Problem[] =>
  entries
    .filter(({ group }) => names.includes(idKey(String(group.id))))
    .map(({ path, group }) => ({
      path: `${path}.id`,
      text: `Expected a name of its own, got ${formatValue(group.id)}, which is there by itself. Rename it.`,
    }));

/** Names with one normalised form are duplicates: `Hall` and `hall` together are a mistake. */
function zonesTwice(zones: unknown): readonly Problem[] {
  const names = Array.isArray(zones) ? zones.map(String) : [];
  return names.flatMap((name, index) => {
    const before = names.findIndex((other) => idKey(other) === idKey(name));
    if (before === index) return [];
    const text = `Expected a name of its own, got ${formatValue(name)}, which is access.zones[${before}] already. Rename one.`;
    return [{ path: `access.zones[${index}]`, text }];
  });
}

/** Groups that include all people would silently void the lane's credentials. */
const badgeForAll = ({ path, group }: Entry): readonly Problem[] =>
  namesIn(group.badge_suffices)
    .filter(({ name }) => name === 'everyone' || name === VISITORS)
    .map(({ name, suffix }) => ({
      path: `${path}.badge_suffices${suffix}`,
      text: `Expected a group of some people, got ${formatValue(name)}. Where a badge is to suffice for all, set credentials: badge-or-face.`,
    }));

function laneConflicts({ path, group }: Entry): readonly Problem[] {
  const { from_zone: from, to_zone: to, credentials, exceptions } = group;
  const problems: Problem[] = [];
  if ((from === undefined) !== (to === undefined))
    problems.push({ path, text: 'Expected from_zone and to_zone together, got one of them. Add the other.' });
  else if (from !== undefined && from === to)
    problems.push({
      path: `${path}.to_zone`,
      text: `Expected another zone than from_zone, got ${formatValue(to)}. Correct one.`,
    });
  if (credentials === undefined && Array.isArray(exceptions) && exceptions.length > 0)
    problems.push({
      path: `${path}.credentials`,
      text: 'Expected what is asked for at other times, got nothing beside exceptions. Add it.',
    });
  return problems;
}

function passbackConflicts(access: Group, lanes: readonly Entry[]): readonly Problem[] {
  const rules = isGroup(access.anti_passback) ? access.anti_passback : {};
  const path = 'access.anti_passback';
  const isOn = rules.zones === 'soft' || rules.zones === 'hard';
  if (isOn && !lanes.some(({ group }) => group.from_zone !== undefined))
    return [
      {
        path: `${path}.zones`,
        text: `Expected lanes with from_zone and to_zone to it, got ${formatValue(rules.zones)} and none. Say where the lanes lead, or switch it off.`,
      },
    ];
  if (!isOn && rules.reset_at !== undefined)
    return [
      {
        path: `${path}.reset_at`,
        text: `Expected zones: soft or hard beside it, got ${formatValue(rules.reset_at)} alone. Remove it, or switch zones on.`,
      },
    ];
  return [];
}

/** Refuses a schedule that is never open, and special days that overlap. */
function scheduleConflicts(schedule: Entry): readonly Problem[] {
  const { path, group } = schedule;
  const special = entriesOf(group.special_days, `${path}.special_days`);
  const holidays = isGroup(group.holidays) ? group.holidays : {};
  const spans = [
    ...entriesOf(group.hours, `${path}.hours`),
    ...entriesOf(holidays.hours, `${path}.holidays.hours`),
    ...special.flatMap((day) => entriesOf(day.group.hours, `${day.path}.hours`)),
  ];
  return [
    ...(spans.length > 0
      ? []
      : [
          {
            path,
            text: `Expected hours on some day, got none in schedule ${formatValue(group.id)}: it is never open. Add hours, or use "never".`,
          },
        ]),
    ...spans.flatMap(emptySpan),
    ...special.flatMap((day) => inOrder(day, 'first', 'last')),
    ...overlapping(special),
  ];
}

function emptySpan({ path, group: { from, to } }: Entry): readonly Problem[] {
  if (from === undefined || from !== to) return [];
  return [
    {
      path: `${path}.to`,
      text: `Expected another time than from, got ${formatValue(to)}. Write "00:00" to "24:00" for the whole day.`,
    },
  ];
}

function overlapping(days: readonly Entry[]): readonly Problem[] {
  const ranges = days.flatMap(({ path, group: { first, last = first } }) =>
    typeof first === 'string' && typeof last === 'string' ? [{ path, first, last }] : [],
  );
  return ranges.flatMap((own, index) => {
    const other = ranges.slice(0, index).find(({ first, last }) => first <= own.last && own.first <= last);
    if (other === undefined) return [];
    const day = [own.first, other.first].toSorted().at(-1);
    return [
      {
        path: own.path,
        text: `Expected days of their own, got ${day}, which is in ${other.path} already. Keep it in one of them.`,
      },
    ];
  });
}
