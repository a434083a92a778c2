/** `twinstile people dispute` and `disputes`: a passage was another person's; what is stricter since, and undoing it. */

import { Command, InvalidArgumentError } from 'commander';
import { formatPromise } from '../../access/fmr-bound.js';
import { TwinstileError } from '../../base/errors.js';
import type { PersonId } from '../../base/ids.js';
import { jsonText } from '../../base/names.js';
import { falseMatchRate, type WallTime } from '../../base/units.js';
import { DISPUTE_DAYS, type Dispute, inForce } from '../../records/disputes/dispute.js';
import { openDisputes } from '../../records/disputes/sqlite-disputes.js';
import { administrator } from '../../records/journal/administrator.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import { connectCore, socketPath } from '../../service/core-socket/ask-core.js';
import type { Disputed } from '../../service/core-socket/core-session.js';
import { localActs } from '../../service/setup/local-acts.js';
import { isRegistrar, withDatabase } from '../../service/setup/open-gallery.js';
import {
  type ConfigOption,
  configOption,
  formatTime,
  type OfficeDependencies,
} from '../office-dependencies.js';

interface DisputeOptions extends ConfigOption {
  readonly days: number;
}

interface DisputesOptions extends ConfigOption {
  readonly undo?: readonly string[];
  readonly json?: boolean;
}

export const disputeCommand = (dependencies: OfficeDependencies): Command =>
  new Command('dispute')
    .description('The person who was let in by this decision was another one: make it stricter, for a time.')
    .argument('<decision>', 'id of the decision, as in the journal')
    .addOption(configOption())
    .option('--days <number>', 'how long it counts', wholeDays, DISPUTE_DAYS)
    .action((decision: string, options: DisputeOptions) => dispute(dependencies, decision, options));

export const disputesCommand = (dependencies: OfficeDependencies): Command =>
  new Command('disputes')
    .description('What is stricter for whom because of disputed passages, by whom and until when.')
    .addOption(configOption())
    .option('--undo <ids...>', 'end these disputes now')
    .option('--json', 'as JSON')
    .action((options: DisputesOptions) => list(dependencies, options));

/** What counts of one person, for their export; at a registrar there are no lanes. */
export async function disputesOf(
  config: Config,
  person: PersonId,
  now: WallTime,
): Promise<readonly Dispute[]> {
  if (isRegistrar(config)) return [];
  return withDatabase(config, async (database) =>
    (await openDisputes(database).list(now)).filter((one) => one.person === person),
  );
}

async function dispute(
  { print, env }: OfficeDependencies,
  decision: string,
  { config: file, days }: DisputeOptions,
): Promise<void> {
  const config = await loadConfig(file);
  const client = await connectCore(socketPath(config), administrator(env));
  try {
    for (const line of linesOf(await client.dispute({ decision, days }))) print(line);
  } finally {
    client.close();
  }
}

function linesOf({
  dispute: id,
  person,
  lane,
  remedy,
  isInForce,
  hadEvidence,
  until,
}: Disputed): readonly string[] {
  const what =
    remedy.kind === 'set-aside'
      ? `${remedy.templates} template(s) of ${person} are set aside`
      : `${person} needs ${formatPromise(falseMatchRate(remedy.rate))} at lane ${lane}`;
  return [
    `${what}, until ${formatTime(until)}. Undo: twinstile people disputes --undo ${id}`,
    hadEvidence
      ? 'It was derived from the looks of the passage, which are in memory for some minutes and are not stored.'
      : 'The looks of the passage are not in memory (any more): it was derived from the rate in the journal. See privacy.evidence.',
    ...(isInForce
      ? []
      : [
          `It does not count yet: it would leave ${person} without any way in. It does once a second person disputes a passage of ${person} at ${lane}; give a badge or enroll more templates before.`,
        ]),
  ];
}

/** Looks at the database itself: the service need not run, and loads within a second what was undone. */
async function list(
  { print, clock, env }: OfficeDependencies,
  { config: file, undo, json }: DisputesOptions,
): Promise<void> {
  const config = await loadConfig(file);
  await withDatabase(config, async (database) => {
    const store = openDisputes(database);
    if (undo !== undefined) {
      const ended = await store.undo(undo, localActs(env));
      const missing = undo.filter((id) => !ended.some((one) => one.id === id));
      for (const one of ended) print(`Undone: ${lineOf(one)}`);
      if (missing.length > 0) throw notThere(missing);
      return;
    }
    const all = await store.list(clock.wall());
    if (json === true) return print(jsonText(all, 2));
    const counting = new Set(inForce(all, clock.wall()).map(({ id }) => id));
    for (const one of all)
      print(`${lineOf(one)}${counting.has(one.id) ? '' : '; waits for a second person'}`);
    if (all.length === 0) print('No passage is disputed.');
  });
}

const lineOf = ({ id, person, lane, remedy, by, until, decision }: Dispute): string => {
  const what =
    remedy.kind === 'bound'
      ? `needs ${formatPromise(remedy.rate)} at lane ${lane}`
      : `${remedy.sources.length} template(s) set aside`;
  return `${id}  ${person}: ${what}, by ${by}, until ${formatTime(until)} (decision ${decision})`;
};

const notThere = (ids: readonly string[]): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ids of disputes that count, got ${ids.join(', ')}.`,
    hint: 'See them with: twinstile people disputes',
  });

function wholeDays(value: string): number {
  const days = Number(value);
  if (Number.isInteger(days) && days >= 1 && days <= 365) return days;
  throw new InvalidArgumentError('Expected a whole number of days, 1 to 365.');
}
