/** `twinstile gallery keys`: who may sign the published gallery. Root and targets keys lie in a safe, the others here. */
import path from 'node:path';
import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { ID_PATTERN } from '../../base/ids.js';
import type { MetadataStore } from '../../fleet/fleet-ports.js';
import {
  type Assignment,
  type CeremonyDependencies,
  changeRoot,
  delegateSite,
  initFleet,
  type TopRole,
  withKey,
} from '../../fleet/publish/key-ceremony.js';
import { LIFETIMES, newest, noRoot } from '../../fleet/publish/sign-metadata.js';
import { type NamedSigner, newSigner } from '../../fleet/repository/keyring.js';
import { writeFileAtomically } from '../../platform/atomic-file.js';
import {
  type Begin,
  changeFleet,
  type FleetOffice,
  openFleetOffice,
} from '../../service/setup/fleet-office.js';
import { type Consequences, isConfirmed, withConfirmation } from '../confirm.js';
import { CONFIG, FLEET, type FleetOptions, fleetChange, fleetOf } from '../fleet-place.js';
import { integerFrom, type OfficeDependencies } from '../office-dependencies.js';

interface KeysOptions extends FleetOptions {
  readonly offline: readonly string[];
}

interface InitOptions extends KeysOptions {
  readonly site: readonly string[];
  readonly rootKeys: number;
  readonly rootThreshold: number;
}

const OFFLINE = ['--offline <dirs...>', 'folders or sticks with the keys that lie in a safe'] as const;

export function keysCommands(dependencies: OfficeDependencies): Command {
  const keys = new Command('keys').description('Found a fleet, and change who may sign for it.');
  const verb = (name: string, description: string): Command =>
    keys
      .command(name)
      .description(description)
      .option(...FLEET)
      .option(...CONFIG)
      .requiredOption(...OFFLINE);
  verb('init', 'Make all keys, the first root, and a delegation for each site.')
    .requiredOption('--site <names...>', 'sites, each with a key of its own')
    .option('--root-keys <n>', 'how many root keys; dealt out over the offline folders', integerFrom(1), 3)
    .option('--root-threshold <n>', 'how many of them must sign', integerFrom(1), 2)
    .action((options: InitOptions) => {
      expectThreshold(options);
      return inFleet(dependencies, options, (ceremony) => init(dependencies, options, ceremony));
    });
  verb('site', 'Add a site, with a key of its own.')
    .argument('<name>', 'name of the site')
    .action((name: string, options: KeysOptions) =>
      inFleet(dependencies, options, (ceremony) => addSite(dependencies, siteName(name), ceremony)),
    );
  withConfirmation(
    verb('rotate', 'Put a new key in the place of an old one.').argument(
      '<key>',
      'name of the old key: root-1, targets-1, snapshot-1, timestamp-1, site-NAME-1',
    ),
  ).action(async (name: string, options: KeysOptions & Consequences) => {
    // Asked without the lock: a question that waits would keep publishing out.
    if (!(await isRotationConfirmed(dependencies, name, options))) return;
    await inFleet(dependencies, options, (ceremony) => rotate(dependencies, name, options, ceremony));
  });
  verb('renew', 'Sign root and delegations anew, for another year.').action((options: KeysOptions) =>
    inFleet(dependencies, options, (ceremony) => renew(dependencies, ceremony)),
  );
  keys
    .command('list')
    .description('The keys at hand, by name.')
    .option(...FLEET)
    .option(...CONFIG)
    .option(...OFFLINE)
    .action(async ({ offline = [], ...options }: Partial<KeysOptions>) => {
      const { fleet } = await fleetOf(options);
      for (const { name, key } of await openFleetOffice(fleet, offline).signers())
        dependencies.print(`${name}  ${shortId(key)}`);
    });
  return keys;
}

interface Ceremony {
  readonly office: FleetOffice;
  readonly begin: Begin;
  readonly fleet: string;
}

/** Holds the lock of the fleet's folder meanwhile; the journal records who did it. */
async function inFleet(
  dependencies: OfficeDependencies,
  options: KeysOptions,
  work: (ceremony: Ceremony) => Promise<void>,
): Promise<void> {
  const place = await fleetOf(options);
  const office = openFleetOffice(place.fleet, options.offline);
  await changeFleet(await fleetChange(dependencies, place), (begin) =>
    work({ office, begin, fleet: place.fleet }),
  );
}

function expectThreshold({ rootKeys, rootThreshold }: InitOptions): void {
  if (rootThreshold <= rootKeys) return;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a threshold of up to ${rootKeys}, got ${rootThreshold}.`,
    hint: 'Raise --root-keys or lower --root-threshold.',
  });
}

async function init(
  dependencies: OfficeDependencies,
  { offline, rootKeys, rootThreshold, site }: InitOptions,
  { office, begin, fleet }: Ceremony,
): Promise<void> {
  const sites = site.map(siteName);
  const act = await begin({
    act: 'fleet-founded',
    sites,
    root_keys: rootKeys,
    root_threshold: rootThreshold,
  });
  const [first = ''] = offline;
  const roots: NamedSigner[] = [];
  for (let number = 1; number <= rootKeys; number += 1)
    roots.push(await newSigner(offline[(number - 1) % offline.length] ?? first, `root-${number}`));
  const targets = await newSigner(first, 'targets-1');
  const snapshot = await newSigner(office.keys, 'snapshot-1');
  const timestamp = await newSigner(office.keys, 'timestamp-1');
  const root = await initFleet(await ceremonyDependencies(dependencies, office, [...roots, targets]), {
    root: { keys: roots.map(({ key }) => key), threshold: rootThreshold },
    targets: singleKey(targets),
    snapshot: singleKey(snapshot),
    timestamp: singleKey(timestamp),
  });
  const all = [...roots, targets, snapshot, timestamp];
  for (const name of sites) {
    const signer = await newSigner(office.keys, `site-${name}-1`);
    await delegateSite(await ceremonyDependencies(dependencies, office), name, singleKey(signer));
    all.push(signer);
  }
  const file = path.join(fleet, 'root.json');
  await writeFileAtomically(file, root);
  await act.done({ keys: all.map(({ name, key }) => `${name} ${shortId(key)}`) });
  dependencies.print(
    `${file}: give it to every device (gallery.fleet.root_file). It is no secret, but must not be swapped.`,
  );
  dependencies.print(
    `${offline.join(', ')}: take them away and keep them apart; ${rootThreshold} of ${rootKeys} root keys sign.`,
  );
  dependencies.print(`${office.keys}: stays here; it signs every day.`);
}

async function addSite(
  dependencies: OfficeDependencies,
  site: string,
  { office, begin }: Ceremony,
): Promise<void> {
  await expectRoot(office.metadata);
  const act = await begin({ act: 'site-added', site });
  const signer = await newSigner(office.keys, `site-${site}-1`);
  await delegateSite(await ceremonyDependencies(dependencies, office), site, singleKey(signer));
  await act.done({ key: signer.name, key_id: shortId(signer.key) });
  dependencies.print(`Site ${site} signs with ${signer.name}. Publish to let the devices know.`);
}

async function renew(dependencies: OfficeDependencies, { office, begin }: Ceremony): Promise<void> {
  await expectRoot(office.metadata);
  const act = await begin({ act: 'fleet-keys-renewed' });
  await changeRoot(await ceremonyDependencies(dependencies, office), {});
  await delegateSite(await ceremonyDependencies(dependencies, office), undefined, { keys: [], threshold: 1 });
  await act.done();
  dependencies.print('Root and delegations hold for another year. Publish to let the devices know.');
}

async function isRotationConfirmed(
  dependencies: OfficeDependencies,
  name: string,
  options: KeysOptions & Consequences,
): Promise<boolean> {
  const { fleet } = await fleetOf(options);
  const office = openFleetOffice(fleet, options.offline);
  await expectRoot(office.metadata);
  const { key } = expectKey(await office.signers(), name);
  dependencies.print(
    `To be replaced: ${name}  ${shortId(key)}. What it signs counts nowhere once the devices have the new one.`,
  );
  return isConfirmed(dependencies, 'Put a new key in its place?', options);
}

function expectKey(signers: readonly NamedSigner[], name: string): NamedSigner {
  const found = signers.find((signer) => signer.name === name);
  if (found !== undefined) return found;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected the name of a key at hand, got '${name}'.`,
    hint: 'See them with: twinstile gallery keys list --fleet DIR --offline DIR',
  });
}

async function rotate(
  dependencies: OfficeDependencies,
  name: string,
  { offline }: KeysOptions,
  { office, begin, fleet }: Ceremony,
): Promise<void> {
  await expectRoot(office.metadata);
  const signers = await office.signers();
  const old = expectKey(signers, name);
  const role = name.replace(/-\d+$/, '');
  const numbers = signers
    .filter((each) => each.name.replace(/-\d+$/, '') === role)
    .map((each) => Number(/\d+$/.exec(each.name)?.[0] ?? 0));
  const act = await begin({ act: 'fleet-key-rotated', role, key: name, key_id: shortId(old.key) });
  const isOffline = role === 'root' || role === 'targets';
  const fresh = await newSigner(
    isOffline ? (offline[0] ?? '') : office.keys,
    `${role}-${Math.max(...numbers) + 1}`,
  );
  const changing = await ceremonyDependencies(dependencies, office);
  if (isTop(role)) {
    await changeRoot(changing, { [role]: await withKey(office.metadata, role, old.key, fresh.key) });
    // What the old key signed is worth nothing from now on.
    if (role === 'targets') await delegateSite(changing, undefined, { keys: [], threshold: 1 });
  } else await delegateSite(changing, role.slice('site-'.length), singleKey(fresh));
  const latest = await newest(office.metadata, 'root');
  if (latest !== undefined) await writeFileAtomically(path.join(fleet, 'root.json'), latest);
  await act.done({ now: fresh.name, now_id: shortId(fresh.key) });
  dependencies.print(
    `${fresh.name} signs in the place of ${name}. Publish to let the devices know, then destroy the old key.`,
  );
}

const isTop = (role: string): role is TopRole => ['root', 'targets', 'snapshot', 'timestamp'].includes(role);

const shortId = ({ keyID }: NamedSigner['key']): string => keyID.slice(0, 16);

const singleKey = ({ key }: NamedSigner): Assignment => ({ keys: [key], threshold: 1 });

async function ceremonyDependencies(
  { clock }: OfficeDependencies,
  office: FleetOffice,
  signers?: readonly NamedSigner[],
): Promise<CeremonyDependencies> {
  return {
    folder: office.metadata,
    now: clock.wall(),
    lifetimes: LIFETIMES,
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

/** Before anything is made: a key without a fleet would stay behind. @throws TwinstileError 'key-unusable'. */
async function expectRoot(metadata: MetadataStore): Promise<void> {
  if ((await newest(metadata, 'root')) === undefined) throw noRoot();
}
