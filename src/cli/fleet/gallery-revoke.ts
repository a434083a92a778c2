/** `twinstile gallery revoke`: these people and badges stop matching now, at every gate that can be reached. */
import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { type BadgeId, badgeId, ID_PATTERN, type PersonId, personId } from '../../base/ids.js';
import { type Millis, millis } from '../../base/units.js';
import { signersOf } from '../../fleet/publish/key-ceremony.js';
import { revokeAtRegistrar, undoRevocation } from '../../fleet/publish/revoked.js';
import { siteFiles } from '../../fleet/repository/site-files.js';
import { MAX_REVOKED, writeRevocation } from '../../fleet/segments/revocation.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import { publishRevocations } from '../../service/fleet/publish-revocations.js';
import { fleetFolder, openFleetOffice, publishFrom, siteOf } from '../../service/setup/fleet-office.js';
import { localActs } from '../../service/setup/local-acts.js';
import { withTables } from '../../service/setup/open-gallery.js';
import { type ConfigOption, configOption, type OfficeDependencies } from '../office-dependencies.js';
import { isProvedEverywhere, type RevocationOutcome, receiptLines } from './receipt-lines.js';

interface Options extends ConfigOption {
  readonly person?: readonly string[];
  readonly badge?: readonly string[];
  readonly out?: string;
  readonly fleet?: string;
  readonly undo?: boolean;
  readonly wait: string;
}

export function revokeCommand(dependencies: OfficeDependencies): Command {
  return new Command('revoke')
    .description('Stop people and badges from matching: at once over MQTT, and in the next version.')
    .addOption(configOption())
    .option('--person <ids...>', 'ids of people')
    .option('--badge <ids...>', 'badges')
    .option('--out <dir>', 'folder of the repository: publishes a version without them as well')
    .option('--fleet <dir>', 'folder of the fleet; DATA/fleet if absent')
    .option('--wait <seconds>', 'how long boxes have to say that it holds there, 0 to 600', '5')
    .option('--undo', 'let them match again, from the next version on')
    .action((options: Options) => revoke(dependencies, options));
}

async function revoke(dependencies: OfficeDependencies, options: Options): Promise<void> {
  const { env, clock, print, setExitCode } = dependencies;
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
  if (options.undo === true) {
    await withTables(config, env.CREDENTIALS_DIRECTORY, (tables) =>
      undoRevocation(tables, people, badges, localActs(env)),
    );
    print('They match again from the next version on.');
  } else {
    const outcome = await revokeAndPublish(dependencies, config, {
      fleet,
      site,
      people,
      badges,
      wait: waitOf(options),
    });
    for (const line of receiptLines(outcome)) print(line);
    if (!isProvedEverywhere(outcome)) setExitCode(1);
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
    `Gallery ${serial} says so as well; ${Object.keys(await siteFiles(fleet, site).devices()).length} boxes take it.`,
  );
}

interface RevocationRequest {
  readonly fleet: string;
  readonly site: string;
  readonly people: readonly PersonId[];
  readonly badges: readonly BadgeId[];
  readonly wait: Millis;
}

/** In as many words as it takes: a box refuses one that names too many. */
async function revokeAndPublish(
  { env }: OfficeDependencies,
  config: Config,
  { fleet, site, people, badges, wait }: RevocationRequest,
): Promise<RevocationOutcome> {
  const office = openFleetOffice(fleet);
  const signers = await signersOf(office.metadata, await office.signers(), { site });
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
