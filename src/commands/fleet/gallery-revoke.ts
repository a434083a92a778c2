/** `twinstile gallery revoke`: these people and badges stop matching now, at every gate that can be reached. */
import { Command } from 'commander';
import { siteOffice } from '../../adapters/fleet/office-files.js';
import { tellSite } from '../../app/box/tell-site.js';
import { fleetFolder, openFleetOffice, publishFrom, siteOf } from '../../app/fleet/fleet-office.js';
import { withTables } from '../../app/gallery/open-gallery.js';
import { localActs } from '../../app/local-acts.js';
import { TwinstileError } from '../../base/errors.js';
import { badgeId, ID_PATTERN, personId, siteId } from '../../base/ids.js';
import { loadConfig } from '../../config/load.js';
import { siteTopics } from '../../gate/topics.js';
import { signersOf } from '../../pipeline/fleet/key-ceremony.js';
import { writeRevocation } from '../../sync/revocation.js';
import { restoreHere, revokeHere } from '../../tables/revoked.js';
import { type ConfigOption, configOption, type OfficeWorld } from './office-world.js';

interface Options extends ConfigOption {
  readonly person?: readonly string[];
  readonly badge?: readonly string[];
  readonly out?: string;
  readonly fleet?: string;
  readonly undo?: boolean;
}

export function revokeCommand(world: OfficeWorld): Command {
  return new Command('revoke')
    .description('Stop people and badges from matching: at once over MQTT, and in the next version.')
    .addOption(configOption())
    .option('--person <ids...>', 'ids of people')
    .option('--badge <ids...>', 'badges')
    .option('--out <dir>', 'folder of the repository: publishes a version without them as well')
    .option('--fleet <dir>', 'folder of the fleet; DATA/fleet if absent')
    .option('--undo', 'let them match again, from the next version on')
    .action((options: Options) => revoke(world, options));
}

async function revoke(world: OfficeWorld, options: Options): Promise<void> {
  const { env, clock, print, setExitCode } = world;
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
      restoreHere(tables, people, badges, localActs(env)),
    );
    print('They match again from the next version on.');
  } else {
    const office = openFleetOffice(fleet);
    const signers = await signersOf(office.metadata, await office.signers(), { site });
    const revocation = await withTables(config, env.CREDENTIALS_DIRECTORY, (tables) =>
      revokeHere(tables, people, badges, localActs(env)),
    );
    const heard = await tellSite(
      config,
      env,
      siteTopics(siteId(site)).galleryRevoked,
      writeRevocation(site, revocation, signers),
    );
    if (!heard) setExitCode(1);
    print(
      heard
        ? `Revoked (${revocation.serial}): gates that are connected know it now.`
        : `Revoked (${revocation.serial}), but the broker could not be told: gates know it once a version is published.`,
    );
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
    `Gallery ${serial} says so as well; ${Object.keys(await siteOffice(fleet, site).devices()).length} boxes take it.`,
  );
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
