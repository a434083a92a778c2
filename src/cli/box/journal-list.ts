/** `twinstile journal list`, `export` and `show`: what happened at the gates. */

import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { jsonText } from '../../base/names.js';
import { happeningsOf } from '../../records/journal/happening.js';
import type { JournalEntry, JournalRow } from '../../records/journal/journal.js';
import { type JournalFilter, rowsAbout, searchJournal } from '../../records/journal/journal-search.js';
import type { Tables } from '../../records/sql-port.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import { siteZone } from '../../service/config/sections/access-section.js';
import { withTables } from '../../service/setup/open-gallery.js';
import { configOption, integerFrom, type OfficeDependencies } from '../office-dependencies.js';
import { type FilterOptions, filterFrom, spanOf, strangersIn, withFilters } from './journal-filters.js';
import { csvWriter, type HappeningWriter, htmlWriter, lineWriter } from './journal-table.js';

interface FormOptions extends FilterOptions {
  readonly csv?: boolean;
  readonly html?: boolean;
}

interface ListOptions extends FormOptions {
  readonly limit?: number;
  readonly before?: number;
  readonly oldestFirst?: boolean;
  readonly json?: boolean;
}

interface ExportOptions extends FormOptions {
  readonly after: number;
}

/** Rows read at once: a million take no more memory than a thousand. */
const PAGE = 1000;
/** Without a time and a number: what fits on a screen. */
const SCREENFUL = 20;

const withForms = (command: Command): Command =>
  withFilters(command)
    .option('--csv', 'as CSV, for a spreadsheet')
    .option('--html', 'as one page, to print or to send');

export const listCommand = (dependencies: OfficeDependencies): Command =>
  withForms(new Command('list'))
    .description('What happened, newest first: one line each.')
    .option(
      '--limit <rows>',
      'how many; by default all where --since or --until is given, else 20',
      integerFrom(1),
    )
    .option('--before <number>', 'only rows before this one', integerFrom(0))
    .option('--oldest-first', 'in the order in which it happened')
    .option('--json', 'the rows themselves, as JSON')
    .addHelpText('after', EXAMPLES)
    .action((options: ListOptions) => inTables(dependencies, options, (asked) => list(asked, options)));

const EXAMPLES = `
Examples:
  twinstile journal list --since yesterday --until 06:00
  twinstile journal list --since "2026-11-30 18:00" --lane north --verdict refused
  twinstile journal list --since 2h --person ada --oldest-first
  twinstile journal list --since monday --csv > week.csv
Dates and times are those of access.time_zone, else of this machine; the heading of each day names the zone.`;

export const exportCommand = (dependencies: OfficeDependencies): Command =>
  withForms(new Command('export'))
    .description('Rows, oldest first, as JSON lines with their hashes.')
    .option('--after <number>', 'only rows after this one', integerFrom(0), 0)
    .addHelpText(
      'after',
      '\nExample:\n  twinstile journal export --since 2026-11-01 --until 2026-11-30 > november.jsonl',
    )
    .action((options: ExportOptions) =>
      inTables(dependencies, options, (asked) => exportRows(asked, options)),
    );

export const showCommand = (dependencies: OfficeDependencies): Command =>
  new Command('show')
    .description('One row as it is stored, as JSON; by the id of a decision all rows that belong to it.')
    .argument('<row>', 'number of the row, or id of the decision')
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  twinstile journal show 1204')
    .action((row: string, options: FilterOptions) =>
      inTables(dependencies, options, (asked) => show(asked, row)),
    );

/** What is asked for, and what it is asked of. */
interface Asked extends OfficeDependencies {
  readonly tables: Tables;
  readonly config: Config;
  readonly filter: JournalFilter;
  readonly zone: string;
}

async function inTables(
  dependencies: OfficeDependencies,
  options: FilterOptions,
  work: (asked: Asked) => Promise<void>,
): Promise<void> {
  const config = await loadConfig(options.config);
  const zone = siteZone(config);
  const filter = filterFrom(options, dependencies.clock.wall(), zone);
  await withTables(config, dependencies.env.CREDENTIALS_DIRECTORY, (tables) =>
    work({ ...dependencies, tables, config, filter, zone }),
  );
}

async function list(asked: Asked, options: ListOptions): Promise<void> {
  const { filter, print } = asked;
  const { since, until } = filter;
  const limit = options.limit ?? (since === undefined && until === undefined ? SCREENFUL : Infinity);
  const from = options.oldestFirst === true ? { after: 0 } : {};
  const order = { ...from, before: options.before, limit };
  const shown =
    options.json === true
      ? await writeJson(asked, order)
      : await writeHappenings({ ...asked, filter: shownBy(filter) }, order, writerFor(asked, options));
  if (shown > 0 || options.json === true || options.csv === true || options.html === true) return;
  print(emptyLine(asked, options));
  for (const line of await strangers(asked, options)) print(line);
}

async function exportRows(asked: Asked, options: ExportOptions): Promise<void> {
  const order = { after: options.after, limit: Infinity };
  if (options.csv === true || options.html === true)
    await writeHappenings(asked, order, writerFor(asked, options));
  else
    await eachPage(asked, order, async (rows) => {
      await asked.write(rows.map((row) => `${jsonText(row)}\n`).join(''));
      return rows.length;
    });
}

async function show({ tables, print }: Asked, wanted: string): Promise<void> {
  const rows = await rowsAbout(tables, wanted);
  for (const row of rows) print(jsonText(row, 2));
  if (rows.length > 0) return;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected the number of a row or the id of a decision, got '${wanted}'.`,
    hint: 'See them with: twinstile journal list (a number stands at the end of each line, after #)',
  });
}

interface Order {
  readonly after?: number;
  readonly before?: number;
  readonly limit: number;
}

/** @param take returns how many of the rows count. @returns how many counted. */
async function eachPage(
  { tables, filter }: Asked,
  { after, before, limit }: Order,
  take: (rows: readonly JournalRow[]) => Promise<number>,
): Promise<number> {
  let taken = 0;
  for (let last = after ?? before; taken < limit; ) {
    const place = after === undefined ? { before: last } : { after: last ?? 0, before };
    const most = Math.min(PAGE, limit - taken);
    const rows = await searchJournal(tables, filter, { limit: most, ...place });
    if (rows.length > 0) taken += await take(rows);
    last = rows.at(-1)?.seq;
    if (last === undefined || rows.length < most) break;
  }
  return taken;
}

async function writeJson(asked: Asked, order: Order): Promise<number> {
  let isFirst = true;
  const written = await eachPage(asked, order, async (rows) => {
    const texts = rows.map((row) => jsonText(row, 2).replace(/^/gm, '  '));
    await asked.write(`${isFirst ? '[' : ','}\n${texts.join(',\n')}`);
    isFirst = false;
    return rows.length;
  });
  await asked.write(written === 0 ? '[]\n' : '\n]\n');
  return written;
}

async function writeHappenings(asked: Asked, order: Order, writer: HappeningWriter): Promise<number> {
  if (writer.begin !== '') await asked.write(writer.begin);
  const written = await eachPage(asked, order, async (rows) => {
    const shown = rows.filter((row) => !isPartOfAnother(row, asked.filter));
    if (shown.length > 0) await asked.write(writer.page(await happeningsOf(asked.tables, shown)));
    return shown.length;
  });
  if (writer.end !== '') await asked.write(writer.end);
  return written;
}

function writerFor({ config, filter, zone }: Asked, { csv, html }: FormOptions): HappeningWriter {
  const directions = new Map(config.lanes.map(({ id, direction }) => [id as string, direction]));
  const title = ['What happened', spanOf(filter, zone)].filter((part) => part !== '').join(' ');
  const needs = { zone, directions, title: `${config.site}: ${title}` };
  if (csv === true) return csvWriter(needs);
  return html === true ? htmlWriter(needs) : lineWriter(needs);
}

const WHOLE: readonly JournalEntry['kind'][] = ['decision', 'passage', 'notice', 'command', 'act'];

/** Outcomes are shown in the line of their decision, unless they are what is asked for. */
const shownBy = (filter: JournalFilter): JournalFilter =>
  filter.kinds === undefined && filter.reasons === undefined ? { ...filter, kinds: WHOLE } : filter;

const isPartOfAnother = ({ kind, body }: JournalRow, { kinds }: JournalFilter): boolean =>
  kind === 'passage' && body.granted === true && kinds === WHOLE;

function emptyLine({ filter, zone }: Asked, options: ListOptions): string {
  const span = spanOf(filter, zone);
  const { lane, person, verdict, reason, kind, before } = options;
  const isNarrow = [lane, person, verdict, reason, kind, before].some((one) => one !== undefined);
  if (span === '') return isNarrow ? 'Nothing that was asked for.' : 'Nothing yet.';
  return isNarrow ? `Nothing that was asked for ${span}.` : `Nothing happened ${span}.`;
}

async function strangers({ tables, config }: Asked, options: ListOptions): Promise<readonly string[]> {
  const people = await tables.survey((sql) => sql.all<{ readonly id: string }>('SELECT id FROM people'));
  return strangersIn(options, {
    lanes: config.lanes.map(({ id }) => id),
    people: people.map(({ id }) => id),
  });
}
