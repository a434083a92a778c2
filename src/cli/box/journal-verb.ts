/** `twinstile journal`: what happened at the gates, and is it all still there? */

import { createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { exitCodeOf } from '../../base/exit-code.js';
import { plural } from '../../base/plural.js';
import { publicHalf } from '../../platform/device-key.js';
import { MAX_KEY_FILE, readPlainFile } from '../../platform/plain-file.js';
import {
  type ChainHead,
  type ChainVerdict,
  JOURNAL_KINDS,
  type Journal,
  type JournalEntry,
  type JournalRow,
} from '../../records/journal/journal.js';
import { isGenuineHead, type JournalHead } from '../../records/journal/journal-head.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import { headFile, loadHead } from '../../service/journal/head-files.js';
import { withJournal } from '../../service/setup/open-gallery.js';
import {
  type ConfigOption,
  configOption,
  formatTime,
  type OfficeDependencies,
  officeDependencies,
} from '../office-dependencies.js';

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
    .description('Check that no row was changed or taken out; exit code 4 when one was.')
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

interface Found {
  readonly heads: readonly JournalHead[];
  /** What is wrong with the heads themselves. */
  readonly faults: readonly string[];
  readonly notes: readonly string[];
}

/** `twinstile journal verify`: checks that the chain is whole and has the rows that the box signed. */
async function verifyJournal(
  { print, setExitCode }: OfficeDependencies,
  journal: Journal,
  config: Config,
  file: string | undefined,
): Promise<void> {
  const found = await headsFor(config, file);
  const known: readonly ChainHead[] = found.heads.flatMap((head) => [head, ...head.lost]);
  const verdict = await journal.verify(known);
  const faults = [...chainFaults(verdict), ...headFaults(verdict, found.heads), ...found.faults];
  if (faults.length === 0)
    print(`${verdict.rows === 1 ? 'The only row is' : `All ${verdict.rows} rows are`} there and unchanged.`);
  else setExitCode(exitCodeOf('not-well'));
  for (const fault of faults) print(fault);
  if (verdict.forgotten !== undefined && verdict.uncovered === undefined)
    print(`Of ${verdict.forgotten} of them the person was deleted, as the chain allows.`);
  for (const note of found.notes) print(note);
  const newest = found.heads.reduce<JournalHead | undefined>(
    (best, head) => (best === undefined || head.seq > best.seq ? head : best),
    undefined,
  );
  if (newest !== undefined) print(`Signed by the box: up to row ${newest.seq}, ${newest.at}.`);
  // Written down elsewhere, it proves later that nothing was rewritten from the start.
  const [last] = faults.length === 0 ? await journal.list({ limit: 1 }) : [];
  if (last !== undefined) print(`Newest: ${last.seq}, hash ${last.hash}`);
}

function chainFaults({ rows, firstBroken, uncovered }: ChainVerdict): readonly string[] {
  return [
    ...(firstBroken === undefined
      ? []
      : [
          `Row ${firstBroken} was changed or taken out; the ${plural(rows, 'row before it is', 'rows before it are')} there and unchanged.`,
        ]),
    ...(uncovered === undefined
      ? []
      : [
          `${plural(uncovered, 'row no longer says', 'rows no longer say')} whom it was about, and no retention and no erasure in the chain accounts for that: it was taken out by hand.`,
        ]),
  ];
}

/** A head that was lost with a damaged database is explained by the row that records it. */
function headFaults({ lostHeads = [], restored = [] }: ChainVerdict, heads: readonly JournalHead[]) {
  const faults: string[] = [];
  for (const { seq, hash } of lostHeads.filter((one) => !restored.includes(one.hash))) {
    const found = heads.flatMap(({ lost }) => lost).find((one) => one.seq === seq && one.hash === hash);
    const when = found?.at ?? heads.find((one) => one.seq === seq && one.hash === hash)?.at;
    faults.push(
      `Row ${seq}, which the box signed on ${when}, is not in the chain: rows up to it were rewritten, or cut off the end${found === undefined ? '' : ` before ${found.found_at}`}. If you put a backup back by hand, say so with: twinstile backup restore FILE`,
    );
  }
  return [...new Set(faults)];
}

async function headsFor(config: Config, file: string | undefined): Promise<Found> {
  const own = await loadHead(headFile(config.data_dir));
  const key = await ownKey(config);
  const heads: JournalHead[] = [];
  const faults: string[] = [];
  const notes: string[] = [];
  const take = (head: JournalHead, place: string): void => {
    if (!isGenuineHead(head)) faults.push(`The signed head at ${place} is not genuine: it was changed.`);
    else if (head.site !== config.site || (key !== undefined && head.key !== key))
      faults.push(`The signed head at ${place} is not of this box: another key or site.`);
    else heads.push(head);
  };
  if (own !== undefined) take(own, headFile(config.data_dir));
  else
    notes.push(
      `No signed head is known at ${headFile(config.data_dir)}: a journal that was cut off, or made anew from the start, would look the same.`,
    );
  if (file !== undefined) {
    const given = await loadHead(file);
    if (given === undefined) faults.push(`There is no signed head at ${path.resolve(file)}.`);
    else take(given, file);
  }
  return { heads, faults, notes };
}

/** Of the box, where its key can be read; nothing is made. */
async function ownKey({ data_dir: data }: Config): Promise<string | undefined> {
  const file = path.join(data, 'device.key');
  return existsSync(file)
    ? publicHalf(createPublicKey(await readPlainFile(file, { maxBytes: MAX_KEY_FILE }))).pub
    : undefined;
}
