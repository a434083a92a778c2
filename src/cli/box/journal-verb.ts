/** `twinstile journal`: what happened at the gates, and is it all still there? */

import { createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { exitCodeOf } from '../../base/exit-code.js';
import { plural } from '../../base/plural.js';
import { publicHalf } from '../../platform/device-key.js';
import { MAX_KEY_FILE, readPlainFile } from '../../platform/plain-file.js';
import type { ChainHead, ChainVerdict, Journal } from '../../records/journal/journal.js';
import { isGenuineHead, type JournalHead } from '../../records/journal/journal-head.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import { headFile, loadHead } from '../../service/journal/head-files.js';
import { withJournal } from '../../service/setup/open-gallery.js';
import {
  type ConfigOption,
  configOption,
  type OfficeDependencies,
  officeDependencies,
} from '../office-dependencies.js';
import { exportCommand, listCommand, showCommand } from './journal-list.js';

export function journalCommand(replaced: Partial<OfficeDependencies> = {}): Command {
  const dependencies = { ...officeDependencies(), ...replaced };
  const journal = new Command('journal').description('Show, export and check what happened at the gates.');
  journal
    .addCommand(listCommand(dependencies))
    .addCommand(showCommand(dependencies))
    .addCommand(exportCommand(dependencies));
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
  if (file !== undefined) {
    const given = await loadHead(file);
    if (given === undefined) faults.push(`There is no signed head at ${path.resolve(file)}.`);
    else take(given, file);
  }
  // An attacker who cuts the journal off can remove the file as well: without any head nothing is proven.
  if (own === undefined)
    (heads.length === 0 ? faults : notes).push(
      `No signed head is known at ${headFile(config.data_dir)}: a journal that was cut off, or made anew from the start, would look the same. The service signs one within a minute; hold the journal against one kept elsewhere: twinstile journal verify --head FILE`,
    );
  return { heads, faults, notes };
}

/** Of the box, where its key can be read; nothing is made. */
async function ownKey({ data_dir: data }: Config): Promise<string | undefined> {
  const file = path.join(data, 'device.key');
  return existsSync(file)
    ? publicHalf(createPublicKey(await readPlainFile(file, { maxBytes: MAX_KEY_FILE }))).pub
    : undefined;
}
