/** `twinstile gallery revoke`: these people and badges stop matching now, at every gate that can be reached. */

import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { exitCodeOf } from '../../base/exit-code.js';
import { type BadgeId, badgeId, ID_PATTERN, type PersonId, personId } from '../../base/ids.js';
import { plural } from '../../base/plural.js';
import { type Millis, millis } from '../../base/units.js';
import { signersOf } from '../../fleet/publish/key-ceremony.js';
import { revokeAtRegistrar, undoRevocation } from '../../fleet/publish/revoked.js';
import { siteFiles } from '../../fleet/repository/site-files.js';
import { MAX_REVOKED, writeRevocation } from '../../fleet/segments/revocation.js';
import type { ReceiptState } from '../../fleet/status/revocation-receipt.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import { publishRevocations, type RevocationsPublished } from '../../service/fleet/publish-revocations.js';
import { fleetFolder, openFleetOffice, publishFrom, siteOf } from '../../service/setup/fleet-office.js';
import { localActs } from '../../service/setup/local-acts.js';
import { withTables } from '../../service/setup/open-gallery.js';
import { type Consequences, isConfirmed, withConfirmation } from '../confirm.js';
import { type ConfigOption, configOption, type OfficeDependencies } from '../office-dependencies.js';
import { revocationLines } from './revocation-targets.js';

interface Options extends ConfigOption, Consequences {
  readonly person?: readonly string[];
  readonly badge?: readonly string[];
  readonly out?: string;
  readonly fleet?: string;
  readonly undo?: boolean;
  readonly wait: string;
}

export function revokeCommand(dependencies: OfficeDependencies): Command {
  const command = new Command('revoke')
    .description('Stop people and badges from matching: at once over MQTT, and in the next version.')
    .addOption(configOption())
    .option('--person <ids...>', 'ids of people')
    .option('--badge <ids...>', 'badges')
    .option('--out <dir>', 'folder of the repository: publishes a version without them as well')
    .option('--fleet <dir>', 'folder of the fleet; DATA/fleet if absent')
    .option('--wait <seconds>', 'how long boxes have to say that it holds there, 0 to 600', '5')
    .option('--undo', 'let them match again, from the next version on');
  return withConfirmation(command).action((options: Options) => revoke(dependencies, options));
}

async function revoke(dependencies: OfficeDependencies, options: Options): Promise<void> {
  const { env, clock, print } = dependencies;
  const config = await loadConfig(options.config);
  const people = ids(options.person).map(personId);
  const badges = ids(options.badge).map(badgeId);
  if (people.length + badges.length === 0)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: 'Expected --person or --badge, got neither.',
      hint: 'Say who or what is to stop matching.',
    });
  const fleet = options.fleet ?? fleetFolder(config);
  const site = siteOf(config);
  const request = { fleet, site, people, badges, wait: waitOf(options) };
  if (!(await isRequestConfirmed(dependencies, config, request, options))) return;
  if (options.undo === true) {
    await withTables(config, env.CREDENTIALS_DIRECTORY, (tables) =>
      undoRevocation(tables, people, badges, localActs(env)),
    );
    print('They match again from the next version on.');
  } else {
    const outcome = await revokeAndPublish(dependencies, config, request);
    for (const line of receiptLines(outcome)) print(line);
    if (!isProvedEverywhere(outcome)) dependencies.setExitCode(exitCodeOf('not-well'));
  }
  if (options.out === undefined)
    return print('Publish to let the others know: twinstile gallery publish --out DIR');
  const { serial } = await publishFrom({
    config,
    credentials: env.CREDENTIALS_DIRECTORY,
    fleet,
    site,
    out: options.out,
    now: clock.wall(),
  });
  print(
    `Gallery ${serial} says so as well; ${plural(Object.keys(await siteFiles(fleet, site).devices()).length, 'box takes', 'boxes take')} it.`,
  );
}

interface RevocationRequest {
  readonly fleet: string;
  readonly site: string;
  readonly people: readonly PersonId[];
  readonly badges: readonly BadgeId[];
  readonly wait: Millis;
}

/** Shows which people and badges are concerned, and which boxes receive it. */
async function isRequestConfirmed(
  dependencies: OfficeDependencies,
  config: Config,
  { fleet, site, people, badges }: RevocationRequest,
  options: Options,
): Promise<boolean> {
  const { env, print } = dependencies;
  const isUndo = options.undo === true;
  // Without the keys nothing could be signed: that is reported before a question is asked.
  if (!isUndo) await signersFor(fleet, site);
  const lines = await withTables(config, env.CREDENTIALS_DIRECTORY, (tables) =>
    tables.read((sql) => revocationLines(sql, { people, badges })),
  );
  const boxes = Object.keys(await siteFiles(fleet, site).devices()).sort();
  print(isUndo ? 'To match again:' : 'To be revoked:');
  for (const line of lines) print(`  ${line}`);
  print(`  at ${boxes.length === 0 ? 'no box: none may read the gallery' : boxes.join(', ')}`);
  return isUndo
    ? isConfirmed(
        dependencies,
        'Let them match again?',
        options,
        'Back with the same command without --undo.',
      )
    : isConfirmed(dependencies, 'Revoke them?', options, 'Back with the same command and --undo.');
}

async function signersFor(fleet: string, site: string): Promise<Awaited<ReturnType<typeof signersOf>>> {
  const office = openFleetOffice(fleet);
  return signersOf(office.metadata, await office.signers(), { site });
}

/** In as many words as it takes: a box refuses one that names too many. */
async function revokeAndPublish(
  { env }: OfficeDependencies,
  config: Config,
  { fleet, site, people, badges, wait }: RevocationRequest,
): Promise<RevocationOutcome> {
  const signers = await signersFor(fleet, site);
  const batches = Array.from(
    { length: Math.ceil(Math.max(people.length, badges.length) / MAX_REVOKED) },
    (_, n) =>
      [
        people.slice(n * MAX_REVOKED, (n + 1) * MAX_REVOKED),
        badges.slice(n * MAX_REVOKED, (n + 1) * MAX_REVOKED),
      ] as const,
  );
  const messages = await withTables(config, env.CREDENTIALS_DIRECTORY, async (tables) => {
    const written = [];
    for (const [somePeople, someBadges] of batches) {
      const revocation = await revokeAtRegistrar(tables, somePeople, someBadges, localActs(env));
      written.push({ serial: revocation.serial, payload: writeRevocation(site, revocation, signers) });
    }
    return written;
  });
  const outcome = await publishRevocations({ config, env, fleet, site, words: messages, wait });
  return { ...outcome, serials: messages.map(({ serial }) => serial) };
}

function waitOf({ wait }: Options): Millis {
  const seconds = Number(wait);
  if (wait.trim() !== '' && seconds >= 0 && seconds <= 600) return millis(seconds * 1000);
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected --wait from 0 to 600 seconds, got '${wait}'.`,
    hint: 'Leave it out, or give a number of seconds.',
  });
}

function ids(given: readonly string[] = []): readonly string[] {
  const bad = given.find((each) => !ID_PATTERN.test(each));
  if (bad === undefined) return given;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected an id, got '${bad}'.`,
    hint: 'See all of them with: twinstile people list',
  });
}

/** Which boxes a revocation reached, in words: only a signature of the box is proof. */
interface RevocationOutcome extends RevocationsPublished {
  readonly serials: readonly number[];
}

/** Whether every box that may read has signed for it. */
export const isProvedEverywhere = ({ isSent, devices }: RevocationsPublished): boolean =>
  isSent && devices.every(({ hearing }) => hearing === 'proved');

export function receiptLines({ isSent, devices, serials }: RevocationOutcome): readonly string[] {
  const of = (hearing: ReceiptState): string =>
    devices.flatMap((one) => (one.hearing === hearing ? one.device : [])).join(', ');
  const [proved, claimed, silent] = [of('proved'), of('claimed'), of('silent')];
  const lines = [
    isSent
      ? `Revoked (${serials.join(', ')}), and told to the broker.`
      : `Revoked (${serials.join(', ')}), but the broker could not be told: gates know it once a version is published.`,
  ];
  if (proved !== '') lines.push(`It holds at ${proved}: signed by the boxes.`);
  if (claimed !== '')
    lines.push(
      `${claimed} say so, by a key that is not on record here: no proof. Put it there with: twinstile gallery device add NAME RECIPIENT --signs-as FINGERPRINT`,
    );
  if (silent !== '')
    lines.push(`NOT HEARD OF IT: ${silent}. They may let them in until they take a version without them.`);
  if (devices.length === 0) lines.push('No box may read the gallery: see twinstile gallery device list.');
  return lines;
}
