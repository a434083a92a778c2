/** `twinstile gallery keys`: who may sign the published gallery. Root and targets keys lie in a safe, the others here. */
import path from 'node:path';
import { Command } from 'commander';
import { type NamedSigner, newSigner } from '../../adapters/fleet/keyring.js';
import { writeWhole } from '../../adapters/fleet/whole-file.js';
import { withFolderLock } from '../../adapters/sqlite/folder-lock.js';
import { type FleetOffice, openFleetOffice } from '../../app/fleet/fleet-office.js';
import { TwinstileError } from '../../base/errors.js';
import { ID_PATTERN } from '../../base/ids.js';
import {
  type Assignment,
  type CeremonyParts,
  changeRoot,
  delegateSite,
  foundFleet,
  type TopRole,
  withKey,
} from '../../pipeline/fleet/key-ceremony.js';
import { LIVES, newest } from '../../pipeline/fleet/sign-metadata.js';
import { wholeFrom } from './gallery-options.js';
import type { OfficeWorld } from './office-world.js';

interface FleetOptions {
  readonly fleet: string;
  readonly offline: readonly string[];
}

interface InitOptions extends FleetOptions {
  readonly site: readonly string[];
  readonly rootKeys: number;
  readonly rootThreshold: number;
}

const FLEET = ['--fleet <dir>', 'folder of the fleet at the registrar'] as const;
const OFFLINE = ['--offline <dirs...>', 'folders or sticks with the keys that lie in a safe'] as const;

export function keysCommands(world: OfficeWorld): Command {
  const keys = new Command('keys').description('Found a fleet, and change who may sign for it.');
  keys
    .command('init')
    .description('Make all keys, the first root, and a delegation for each site.')
    .requiredOption(...FLEET)
    .requiredOption(...OFFLINE)
    .requiredOption('--site <names...>', 'sites, each with a key of its own')
    .option('--root-keys <n>', 'how many root keys; dealt out over the offline folders', wholeFrom(1), 3)
    .option('--root-threshold <n>', 'how many of them must sign', wholeFrom(1), 2)
    .action((options: InitOptions) => withFolderLock(options.fleet, () => init(world, options)));
  keys
    .command('site')
    .description('Add a site, with a key of its own.')
    .argument('<name>', 'name of the site')
    .requiredOption(...FLEET)
    .requiredOption(...OFFLINE)
    .action((name: string, options: FleetOptions) =>
      withFolderLock(options.fleet, async () => {
        const office = openFleetOffice(options.fleet, options.offline);
        const signer = await newSigner(office.keys, `site-${siteName(name)}-1`);
        await delegateSite(await ceremony(world, office), name, alone(signer));
        world.print(`Site ${name} signs with ${signer.name}. Publish to let the devices know.`);
      }),
    );
  keys
    .command('rotate')
    .description('Put a new key in the place of an old one.')
    .argument('<key>', 'name of the old key: root-1, targets-1, snapshot-1, timestamp-1, site-NAME-1')
    .requiredOption(...FLEET)
    .requiredOption(...OFFLINE)
    .action((name: string, options: FleetOptions) =>
      withFolderLock(options.fleet, () => rotate(world, name, options)),
    );
  keys
    .command('renew')
    .description('Sign root and delegations anew, for another year.')
    .requiredOption(...FLEET)
    .requiredOption(...OFFLINE)
    .action((options: FleetOptions) =>
      withFolderLock(options.fleet, async () => {
        const office = openFleetOffice(options.fleet, options.offline);
        await changeRoot(await ceremony(world, office), {});
        await delegateSite(await ceremony(world, office), undefined, { keys: [], threshold: 1 });
        world.print('Root and delegations hold for another year. Publish to let the devices know.');
      }),
    );
  keys
    .command('list')
    .description('The keys at hand, by name.')
    .requiredOption(...FLEET)
    .option(...OFFLINE)
    .action(async ({ fleet, offline = [] }: Partial<FleetOptions> & { readonly fleet: string }) => {
      for (const { name, key } of await openFleetOffice(fleet, offline).signers())
        world.print(`${name}  ${key.keyID.slice(0, 16)}`);
    });
  return keys;
}

async function init(world: OfficeWorld, options: InitOptions): Promise<void> {
  const { offline, rootKeys, rootThreshold } = options;
  const sites = options.site.map(siteName);
  if (rootThreshold > rootKeys)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a threshold of up to ${rootKeys}, got ${rootThreshold}.`,
      hint: 'Raise --root-keys or lower --root-threshold.',
    });
  const office = openFleetOffice(options.fleet, offline);
  const [first = ''] = offline;
  const roots: NamedSigner[] = [];
  for (let number = 1; number <= rootKeys; number += 1)
    roots.push(await newSigner(offline[(number - 1) % offline.length] ?? first, `root-${number}`));
  const targets = await newSigner(first, 'targets-1');
  const root = await foundFleet(await ceremony(world, office, [...roots, targets]), {
    root: { keys: roots.map(({ key }) => key), threshold: rootThreshold },
    targets: alone(targets),
    snapshot: alone(await newSigner(office.keys, 'snapshot-1')),
    timestamp: alone(await newSigner(office.keys, 'timestamp-1')),
  });
  for (const site of sites)
    await delegateSite(
      await ceremony(world, office),
      site,
      alone(await newSigner(office.keys, `site-${site}-1`)),
    );
  const file = path.join(options.fleet, 'root.json');
  await writeWhole(file, root);
  world.print(
    `${file}: give it to every device (gallery.fleet.root_file). It is no secret, but must not be swapped.`,
  );
  world.print(
    `${offline.join(', ')}: take them away and keep them apart; ${rootThreshold} of ${rootKeys} root keys sign.`,
  );
  world.print(`${office.keys}: stays here; it signs every day.`);
}

async function rotate(world: OfficeWorld, name: string, options: FleetOptions): Promise<void> {
  const office = openFleetOffice(options.fleet, options.offline);
  const signers = await office.signers();
  const old = signers.find((signer) => signer.name === name);
  const role = name.replace(/-\d+$/, '');
  if (old === undefined)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected the name of a key at hand, got '${name}'.`,
      hint: 'See them with: twinstile gallery keys list --fleet DIR --offline DIR',
    });
  const numbers = signers
    .filter((each) => each.name.replace(/-\d+$/, '') === role)
    .map((each) => Number(/\d+$/.exec(each.name)?.[0] ?? 0));
  const isOffline = role === 'root' || role === 'targets';
  const fresh = await newSigner(
    isOffline ? (options.offline[0] ?? '') : office.keys,
    `${role}-${Math.max(...numbers) + 1}`,
  );
  const parts = await ceremony(world, office);
  if (isTop(role)) {
    await changeRoot(parts, { [role]: await withKey(office.metadata, role, old.key, fresh.key) });
    // What the old key signed is worth nothing from now on.
    if (role === 'targets') await delegateSite(parts, undefined, { keys: [], threshold: 1 });
  } else await delegateSite(parts, role.slice('site-'.length), alone(fresh));
  const latest = await newest(office.metadata, 'root');
  if (latest !== undefined) await writeWhole(path.join(options.fleet, 'root.json'), latest);
  world.print(
    `${fresh.name} signs in the place of ${name}. Publish to let the devices know, then destroy the old key.`,
  );
}

const isTop = (role: string): role is TopRole => ['root', 'targets', 'snapshot', 'timestamp'].includes(role);

const alone = ({ key }: NamedSigner): Assignment => ({ keys: [key], threshold: 1 });

async function ceremony(
  { clock }: OfficeWorld,
  office: FleetOffice,
  signers?: readonly NamedSigner[],
): Promise<CeremonyParts> {
  return {
    folder: office.metadata,
    now: clock.wall(),
    lives: LIVES,
    signers: signers ?? (await office.signers()),
  };
}

function siteName(name: string): string {
  if (ID_PATTERN.test(name)) return name;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected the name of a site, got '${name}'.`,
    hint: 'Use letters, digits, dots, dashes and underscores.',
  });
}
