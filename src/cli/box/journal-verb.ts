/** `twinstile journal`: what happened at the gates, and is it all still there? */
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  JOURNAL_KINDS,
  type Journal,
  type JournalEntry,
  type JournalRow,
} from '../../records/journal/journal.js';
import { loadConfig } from '../../service/config/load-config.js';
import { withJournal } from '../../service/setup/open-gallery.js';
import {
  type ConfigOption,
  configOption,
  formatTime,
  type OfficeDependencies,
  officeDependencies,
} from '../office-dependencies.js';
import { verifyJournal } from './journal-verify.js';

interface ListOptions extends ConfigOption {
  readonly limit: number;
  readonly before?: number;
  readonly kind?: JournalEntry['kind'];
  readonly json?: boolean;
}

/** Rows read at once. */
const PAGE = 1000;

export function journalCommand(replaced: Partial<OfficeDependencies> = {}): Command {
  const dependencies = { ...officeDependencies(), ...replaced };
  const journal = new Command('journal').description('Show, export and check what happened at the gates.');
  journal
    .command('list')
    .description('The newest rows, newest first.')
    .addOption(configOption())
    .option('--limit <rows>', 'how many', wholeNumber, 20)
    .option('--before <number>', 'only rows before this one', wholeNumber)
    .addOption(new Option('--kind <kind>', 'only these').choices(JOURNAL_KINDS))
    .option('--json', 'as JSON')
    .action((options: ListOptions) =>
      inJournal(dependencies, options, (rows) => list(dependencies, rows, options)),
    );
  journal
    .command('export')
    .description('All rows, oldest first, as JSON lines with their hashes.')
    .addOption(configOption())
    .option('--after <number>', 'only rows after this one', wholeNumber, 0)
    .action((options: ConfigOption & { readonly after: number }) =>
      inJournal(dependencies, options, (rows) => exportAll(dependencies, rows, options.after)),
    );
  journal
    .command('verify')
    .description('Check that no row was changed or taken out; exit code 1 when one was.')
    .addOption(configOption())
    .option(
      '--head <file>',
      'a signed head that was kept elsewhere, such as the `journal` of a health message',
    )
    .action(async (options: ConfigOption & { readonly head?: string }) => {
      const config = await loadConfig(options.config);
      await withJournal(config, dependencies.env.CREDENTIALS_DIRECTORY, (rows) =>
        verifyJournal(dependencies, rows, config, options.head),
      );
    });
  return journal;
}

async function inJournal(
  { env }: OfficeDependencies,
  { config }: ConfigOption,
  work: (journal: Journal) => Promise<void>,
): Promise<void> {
  await withJournal(await loadConfig(config), env.CREDENTIALS_DIRECTORY, work);
}

/** Page by page: a million rows take no more memory than a thousand. */
async function list(
  { print, write }: OfficeDependencies,
  journal: Journal,
  options: ListOptions,
): Promise<void> {
  const { limit, before: from, kind, json } = options;
  let printed = 0;
  for (let before = from; printed < limit; ) {
    const rows = await journal.list({
      limit: Math.min(PAGE, limit - printed),
      before,
      kind,
    });
    const texts = rows.map((row) =>
      json === true ? JSON.stringify(row, null, 2).replace(/^/gm, '  ') : lineFor(row),
    );
    if (rows.length > 0)
      await write(
        json === true ? `${printed === 0 ? '[' : ','}\n${texts.join(',\n')}` : `${texts.join('\n')}\n`,
      );
    printed += rows.length;
    before = rows.at(-1)?.seq;
    if (before === undefined) break;
  }
  if (json === true) await write(printed === 0 ? '[]\n' : '\n]\n');
  else if (printed === 0) print('Nothing yet.');
}

function lineFor({ seq, at, kind, subject, body }: JournalRow): string {
  const facts = Object.entries(body).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${seq}  ${formatTime(at)}  ${kind}  ${subject}  ${facts.join(' ')}`;
}

async function exportAll({ write }: OfficeDependencies, journal: Journal, after: number): Promise<void> {
  for (let last = after; ; ) {
    const rows = await journal.walk(last, PAGE);
    if (rows.length > 0) await write(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const end = rows.at(-1);
    if (end === undefined || rows.length < PAGE) return;
    last = end.seq;
  }
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError('Expected a whole number, 0 or more.');
}
