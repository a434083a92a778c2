/** `twinstile gallery`: one gallery for many gates. */
import { Command } from 'commander';
import { siteId } from '../../base/ids.js';
import { rolloutStateOf } from '../../fleet/releases/rollout-state.js';
import { openRolloutStore } from '../../fleet/sqlite/rollout-store.js';
import { siteTopics } from '../../gate/protocol/topics.js';
import { loadConfig } from '../../service/config/load-config.js';
import { publishSite } from '../../service/setup/connect-tool.js';
import { fleetFolder, publishFrom, siteOf } from '../../service/setup/fleet-office.js';
import { fleetStatus } from '../../service/setup/gallery-age.js';
import { withDatabase } from '../../service/setup/open-gallery.js';
import { rolloutLines } from '../models-lines.js';
import {
  type ConfigOption,
  configOption,
  formatTime,
  type OfficeDependencies,
  officeDependencies,
} from '../office-dependencies.js';
import { count } from '../person-lines.js';
import { createProgressLine } from '../progress-line.js';
import { deviceCommands } from './gallery-devices.js';
import { keysCommands } from './gallery-keys.js';
import { revokeCommand } from './gallery-revoke.js';
import { leftOutLines } from './left-out-lines.js';

interface PublishOptions extends ConfigOption {
  readonly out: string;
  readonly fleet?: string;
  readonly full?: boolean;
  readonly notify?: boolean;
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
  });
  progress.end();
  if (options.notify === true && sum.changed) {
    const topic = siteTopics(siteId(siteOf(config))).galleryPublished;
    const isPublished = await publishSite(config, env, topic, JSON.stringify({ v: 1, version: sum.serial }));
    if (!isPublished)
      process.stderr.write('The broker could not be gallery: the boxes look by their schedule.\n');
  }
  // People who are left out are let in nowhere: the record has to be corrected.
  if (sum.leftOut.length + sum.damaged.length > 0) setExitCode(1);
  if (options.json === true) return print(JSON.stringify(sum));
  for (const { person, why } of sum.leftOut) print(`${person} is left out, and is let in nowhere. ${why}.`);
  for (const { person, templates } of sum.damaged)
    print(`${count(templates, 'template')} of ${person} is not published: damaged. Enrol this person again.`);
  print(
    sum.changed
      ? `Gallery ${sum.serial}: ${sum.people} people in ${sum.segments} segments, ${sum.written} of them new (${sum.bytes} bytes).`
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
  if (gallery.freshnessLimit === 'expired') setExitCode(1);
  if (options.json === true) return print(JSON.stringify({ ...gallery, models }));
  print(
    `gallery     ${gallery.serial === undefined ? 'none from a fleet' : `${gallery.serial}, ${gallery.people} people`}`,
  );
  print(`signed      ${gallery.signedAt === undefined ? 'never' : formatTime(gallery.signedAt)}`);
  print(`valid until ${gallery.expires === undefined ? '-' : formatTime(gallery.expires)}`);
  print(`state       ${gallery.freshnessLimit}`);
  for (const line of leftOutLines(gallery.leftOut)) print(line);
  for (const { kind, id } of gallery.revoked) print(`revoked     ${kind} ${id}`);
  for (const line of rolloutLines(models)) print(line);
}
