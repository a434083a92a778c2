/** Refuses access rules that are contradictory or without effect. Reads the raw document, to report all problems together. */

import { VISITORS } from '../../../access/policy/permission.js';
import { idKey } from '../../../base/names.js';
import { type Entry, entriesOf, inOrder } from '../access/access-entries.js';
import { scheduleConflicts } from '../access/access-schedules.js';
import { formatValue, isGroup, type Problem } from '../sections/config-problem.js';

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
