/** `twinstile gallery`: one gallery for many gates. */

import path from 'node:path';
import { Command, Option } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { exitCodeOf } from '../../base/exit-code.js';
import { ID_PATTERN, siteId } from '../../base/ids.js';
import { countPeople, plural } from '../../base/plural.js';
import { rolloutStateOf } from '../../fleet/releases/rollout-state.js';
import { isRecipient, newIdentity, recipientOf } from '../../fleet/repository/age.js';
import { siteFiles } from '../../fleet/repository/site-files.js';
import { SEGMENT_FORMATS } from '../../fleet/segments/segment-format.js';
import { openRolloutStore } from '../../fleet/sqlite/rollout-store.js';
import { siteTopics } from '../../gate/protocol/topics.js';
import { readIfPresent, writeFileAtomically } from '../../platform/atomic-file.js';
import { deviceKey } from '../../platform/device-key.js';
import { loadConfig } from '../../service/config/load-config.js';
import { askFormats } from '../../service/fleet/boxes-formats.js';
import { publishSite } from '../../service/setup/connect-tool.js';
import { changeFleet, fleetFolder, publishFrom, siteOf } from '../../service/setup/fleet-office.js';
import { fleetStatus } from '../../service/setup/gallery-age.js';
import { withDatabase } from '../../service/setup/open-gallery.js';
import { type Consequences, isConfirmed, withConfirmation } from '../confirm.js';
import { CONFIG, FLEET, fleetChange, SITE, type SiteOptions, siteIn } from '../fleet-place.js';
import {
  type ConfigOption,
  configOption,
  formatTime,
  type OfficeDependencies,
  officeDependencies,
} from '../office-dependencies.js';
import { createProgressLine } from '../progress-line.js';
import { leftOutLines, rolloutLines, waitingLines } from './fleet-lines.js';
import { keysCommands } from './gallery-keys.js';
import { revokeCommand } from './gallery-revoke.js';

interface AddOptions extends SiteOptions {
  readonly signsAs?: string;
}

/** `twinstile gallery device`: which boxes can read what is published. */
const deviceCommands = (dependencies: OfficeDependencies): Command =>
  new Command('device')
    .description('Say which boxes can read the published gallery.')
    .addCommand(keyCommand(dependencies))
    .addCommand(fingerprintCommand(dependencies))
    .addCommand(addCommand(dependencies))
    .addCommand(removeCommand(dependencies))
    .addCommand(listCommand(dependencies));

const keyCommand = ({ print }: OfficeDependencies): Command =>
  new Command('key')
    .description('On a box: make its key, or show what the registrar needs of it.')
    .requiredOption('--out <file>', 'where the key lies; made when there is none')
    .action(async ({ out }: { readonly out: string }) => {
      const file = path.resolve(out);
      const secret = (await readIfPresent(file))?.toString('utf8') ?? `${await newIdentity()}\n`;
      const recipient = await recipientOf(secret);
      if ((await readIfPresent(file)) === undefined) await writeFileAtomically(file, secret, 0o600);
      print(recipient);
    });

const fingerprintCommand = ({ print }: OfficeDependencies): Command =>
  new Command('fingerprint')
    .description('On a box: the fingerprint of the key that it signs with, for the registrar’s record.')
    .addOption(configOption())
    .action(async ({ config }: ConfigOption) =>
      print((await deviceKey((await loadConfig(config)).data_dir)).fingerprint),
    );

const inSite = (command: Command): Command =>
  command
    .option(...FLEET)
    .option(...SITE)
    .option(...CONFIG);

function addCommand(dependencies: OfficeDependencies): Command {
  const command = new Command('add')
    .description('Let a box read, from the next publishing on.')
    .argument('<name>', 'name of the box')
    .argument('<recipient>', 'what `gallery device key` prints there (age1…)');
  return inSite(command)
    .option('--signs-as <fingerprint>', 'what `gallery device fingerprint` prints there')
    .action((name: string, recipient: string, options: AddOptions) =>
      add(dependencies, { name, recipient }, options),
    );
}

interface Device {
  readonly name: string;
  readonly recipient: string;
}

async function add(
  dependencies: OfficeDependencies,
  { name, recipient }: Device,
  { signsAs, ...options }: AddOptions,
): Promise<void> {
  if (signsAs !== undefined && !/^[0-9a-f]{64}$/.test(signsAs))
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a fingerprint of 64 hexadecimal digits, got '${signsAs}'.`,
      hint: 'Run on the box: twinstile gallery device fingerprint -c CONFIG',
    });
  if (!ID_PATTERN.test(name) || !isRecipient(recipient))
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a name and an age recipient (age1…), got '${name}' and '${recipient}'.`,
      hint: 'Run on the box: twinstile gallery device key --out FILE',
    });
  const { site, ...place } = await siteIn(options);
  const office = siteFiles(place.fleet, site);
  await changeFleet(await fleetChange(dependencies, place), async (begin) => {
    const { [name]: before } = await office.devices();
    const act = await begin({
      act: 'device-added',
      site,
      device: name,
      recipient,
      signs_as: signsAs,
      before,
    });
    if (signsAs !== undefined)
      await office.setDeviceKeys({ ...(await office.deviceKeys()), [name]: signsAs });
    await office.setDevices({ ...(await office.devices()), [name]: recipient });
    await act.done();
  });
  dependencies.print(`${name} can read from the next publishing on.`);
}

function removeCommand(dependencies: OfficeDependencies): Command {
  const command = new Command('remove')
    .description(
      'Take a box away: everything is encrypted anew, and it can read nothing that is published from then on.',
    )
    .argument('<name>', 'name of the box');
  return withConfirmation(inSite(command)).action((name: string, options: SiteOptions & Consequences) =>
    remove(dependencies, name, options),
  );
}

async function remove(
  dependencies: OfficeDependencies,
  name: string,
  options: SiteOptions & Consequences,
): Promise<void> {
  const { print } = dependencies;
  const { site, ...place } = await siteIn(options);
  const office = siteFiles(place.fleet, site);
  const { [name]: recipient, ...others } = expectDevice(site, name, await office.devices());
  print(
    `To be taken away from ${site}: ${name}  ${recipient}; ${plural(Object.keys(others).length, 'box stays', 'boxes stay')}.`,
  );
  if (!(await isConfirmed(dependencies, `Take ${name} away?`, options))) return;
  await changeFleet(await fleetChange(dependencies, place), async (begin) => {
    const { [name]: removed, ...left } = expectDevice(site, name, await office.devices());
    const act = await begin({ act: 'device-removed', site, device: name, recipient: removed });
    // First the identity: a box that is off the list and still has it could read on, unseen.
    await office.renewIdentity();
    await office.setDevices(left);
    await act.done();
  });
  print(
    `${name} reads nothing that is published from now on. What it has, it has: erase the box if you can.`,
  );
}

const listCommand = ({ print }: OfficeDependencies): Command =>
  inSite(new Command('list').description('The boxes that can read.')).action(async (options: SiteOptions) => {
    const { fleet, site } = await siteIn(options);
    for (const [name, recipient] of Object.entries(await siteFiles(fleet, site).devices()).sort())
      print(`${name}  ${recipient}`);
  });

function expectDevice(
  site: string,
  name: string,
  devices: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (devices[name] !== undefined) return devices;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected the name of a box of ${site}, got '${name}'.`,
    hint: 'See them with: twinstile gallery device list',
  });
}

interface PublishOptions extends ConfigOption {
  readonly out: string;
  readonly fleet?: string;
  readonly full?: boolean;
  readonly notify?: boolean;
  readonly segments?: string;
  readonly json?: boolean;
}

export function galleryCommand(replaced: Partial<OfficeDependencies> = {}): Command {
  const dependencies = { ...officeDependencies(), ...replaced };
  const gallery = new Command('gallery').description('Publish one gallery to many gates.');
  gallery.addCommand(keysCommands(dependencies));
  gallery.addCommand(deviceCommands(dependencies));
  gallery
    .command('publish')
    .description(
      'Write what has changed of the gallery, encrypted and signed, for any web server to hand out.',
    )
    .addOption(configOption())
    .requiredOption('--out <dir>', 'folder of the repository')
    .option('--fleet <dir>', 'folder of the fleet; DATA/fleet if absent')
    .option('--notify', 'tell the boxes over MQTT to look at once')
    .option('--full', 'look at everybody, whatever is known of changes')
    .addOption(
      new Option(
        '--segments <format>',
        'write segments of this format, whatever the boxes read; if absent, the newest once every box has reported that it reads it',
      ).choices(SEGMENT_FORMATS.map(String)),
    )
    .option('--json', 'as JSON')
    .action((options: PublishOptions) => publish(dependencies, options));
  gallery.addCommand(revokeCommand(dependencies));
  gallery
    .command('status')
    .description('On a box: which published gallery is in use, and how old what is known of it is.')
    .addOption(configOption())
    .option('--json', 'as JSON')
    .action((options: ConfigOption & { readonly json?: boolean }) => status(dependencies, options));
  return gallery;
}

async function publish(
  { env, clock, print, setExitCode }: OfficeDependencies,
  options: PublishOptions,
): Promise<void> {
  const config = await loadConfig(options.config);
  const progress = createProgressLine('people');
  const sum = await publishFrom({
    config,
    credentials: env.CREDENTIALS_DIRECTORY,
    fleet: options.fleet ?? fleetFolder(config),
    site: siteOf(config),
    out: options.out,
    now: clock.wall(),
    onProgress: progress.show,
    full: options.full,
    format: SEGMENT_FORMATS.find((format) => `${format}` === options.segments),
    askFormats: () => askFormats(config, env, siteOf(config)),
  });
  progress.end();
  if (options.notify === true && sum.changed) {
    const topic = siteTopics(siteId(siteOf(config))).galleryPublished;
    const isPublished = await publishSite(config, env, topic, JSON.stringify({ v: 1, version: sum.serial }));
    if (!isPublished)
      process.stderr.write('The broker could not be reached: the boxes look by their schedule.\n');
  }
  // People who are left out are let in nowhere: the record has to be corrected.
  if (sum.leftOut.length + sum.damaged.length > 0) setExitCode(exitCodeOf('refused'));
  if (options.json === true) return print(JSON.stringify(sum));
  for (const { person, why } of sum.leftOut) print(`${person} is left out, and is let in nowhere. ${why}.`);
  for (const { person, templates } of sum.damaged)
    print(
      `${plural(templates, 'template')} of ${person} is not published: damaged. Enroll this person again.`,
    );
  for (const line of waitingLines(sum)) print(line);
  print(
    sum.changed
      ? `Gallery ${sum.serial}: ${countPeople(sum.people)} in ${plural(sum.segments, 'segment')}, ${sum.written} of them new (${plural(sum.bytes, 'byte')}).`
      : `Gallery ${sum.serial} is as it was: nothing to publish.`,
  );
}

async function status(
  { clock, print, setExitCode }: OfficeDependencies,
  options: ConfigOption & { readonly json?: boolean },
): Promise<void> {
  const config = await loadConfig(options.config);
  const { gallery, models } = await withDatabase(config, async (database) => ({
    gallery: await fleetStatus(database, config, clock.wall()),
    models: rolloutStateOf(await openRolloutStore(database).load()),
  }));
  if (gallery.freshnessLimit === 'expired') setExitCode(exitCodeOf('not-well'));
  if (options.json === true) return print(JSON.stringify({ ...gallery, models }));
  print(
    `gallery     ${gallery.serial === undefined ? 'none from a fleet' : `${gallery.serial}, ${countPeople(gallery.people)}`}`,
  );
  print(`signed      ${gallery.signedAt === undefined ? 'never' : formatTime(gallery.signedAt)}`);
  print(`valid until ${gallery.expires === undefined ? '-' : formatTime(gallery.expires)}`);
  print(`state       ${gallery.freshnessLimit}`);
  for (const line of leftOutLines(gallery.leftOut)) print(line);
  for (const { kind, id } of gallery.revoked) print(`revoked     ${kind} ${id}`);
  for (const line of rolloutLines(models)) print(line);
}
