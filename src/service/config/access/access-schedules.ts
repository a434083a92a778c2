/** Refuses schedules that are never open, and special days that overlap. Reads the raw document. */

import { formatValue, isGroup, type Problem } from '../sections/config-problem.js';
import { type Entry, entriesOf, inOrder } from './access-entries.js';

export function scheduleConflicts(schedule: Entry): readonly Problem[] {
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
