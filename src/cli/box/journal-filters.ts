/** Reads from the command line which rows of the journal are asked for. */
import { type Command, Option } from 'commander';
import { codesOfReason, presentReason, REASONS } from '../../access/decision-reasons.js';
import { type MomentContext, readSince, readUntilAfter } from '../../base/local-moment.js';
import { idKey } from '../../base/names.js';
import type { WallTime } from '../../base/units.js';
import { zonedTimes } from '../../base/zoned-time.js';
import { JOURNAL_KINDS, type JournalEntry } from '../../records/journal/journal.js';
import type { JournalFilter } from '../../records/journal/journal-search.js';
import { type ConfigOption, configOption } from '../office-dependencies.js';
import { nearestIds } from '../person-lines.js';

export interface FilterOptions extends ConfigOption {
  readonly since?: string;
  readonly until?: string;
  readonly lane?: readonly string[];
  readonly person?: readonly string[];
  readonly verdict?: 'granted' | 'refused';
  readonly reason?: readonly string[];
  readonly kind?: readonly JournalEntry['kind'][];
}

export const withFilters = (command: Command): Command =>
  command
    .addOption(configOption())
    .option('--since <time>', 'from when: yesterday, 06:00, 2026-11-30, "2026-11-30 18:00", 2h, monday')
    .option('--until <time>', 'until when; a date counts to its end')
    .option('--lane <ids...>', 'only at these lanes')
    .option('--person <ids...>', 'only about these people')
    .addOption(new Option('--verdict <verdict>', 'only decisions that').choices(['granted', 'refused']))
    .option('--reason <codes...>', 'only for these reasons, such as outside-hours; old codes are found too')
    .addOption(new Option('--kind <kinds...>', 'only rows of these kinds').choices(JOURNAL_KINDS));

/** @throws TwinstileError 'bad-arguments' for a time that is none. */
export function filterFrom(options: FilterOptions, now: WallTime, zone: string): JournalFilter {
  const { since: from, until: to, lane, person, verdict, reason, kind } = options;
  const at = (where: string): MomentContext => ({ now, zone, where });
  const since = from === undefined ? undefined : readSince(from, at('--since'));
  return {
    since,
    until: to === undefined ? undefined : readUntilAfter(to, at('--until'), since),
    kinds: kind,
    lanes: lane,
    people: person,
    verdict,
    reasons: reason?.flatMap((code) => codesOfReason(code.trim().toLowerCase())),
  };
}

/** "from 2026-11-29 00:00:00 until 2026-11-30 06:00:00 (Europe/Berlin)"; empty without a time. */
export function spanOf({ since, until }: JournalFilter, zone: string): string {
  if (since === undefined && until === undefined) return '';
  const format = zonedTimes(zone);
  const shown = (word: string, at: WallTime | undefined): readonly string[] =>
    at === undefined ? [] : [`${word} ${format(at).date} ${format(at).time}`];
  return [...shown('from', since), ...shown('until', until), `(${zone})`].join(' ');
}

interface Known {
  readonly lanes: readonly string[];
  readonly people: readonly string[];
}

/** For a search that found nothing: words of it that name nothing here. */
export function strangersIn({ lane = [], person = [], reason = [] }: FilterOptions, known: Known) {
  return [
    ...lane.flatMap((id) => strangerIn(id, known.lanes, 'No lane of this configuration')),
    ...person.flatMap((id) => strangerIn(id, known.people, 'No one who is enrolled')),
    ...reason.flatMap((code) => strangerIn(presentReason(code), REASONS, 'No reason of a decision')),
  ];
}

function strangerIn(id: string, known: readonly string[], whose: string): readonly string[] {
  if (known.some((one) => idKey(one) === idKey(id))) return [];
  const near = nearestIds(id, known);
  return [`${whose} has the id '${id}'.${near.length === 0 ? '' : ` Nearest: ${near.join(', ')}.`}`];
}
