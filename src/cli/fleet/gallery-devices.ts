/** `twinstile gallery device`: which boxes can read what is published. */
import path from 'node:path';
import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { ID_PATTERN } from '../../base/ids.js';
import { isRecipient, newIdentity, recipientOf } from '../../fleet/repository/age.js';
import { siteOffice } from '../../fleet/repository/office-files.js';
import { readIfPresent, writeFileAtomically } from '../../platform/atomic-file.js';
import { deviceKey } from '../../platform/device-key.js';
import { loadConfig } from '../../service/config/load-config.js';
import { changeFleet } from '../../service/setup/fleet-acts.js';
import { type Consequences, isConfirmed, withConfirmation } from '../confirm.js';
import { CONFIG, FLEET, fleetChange, SITE, type SiteOptions, siteIn } from '../fleet-place.js';
import { type ConfigOption, configOption, type OfficeDependencies } from '../office-world.js';

interface AddOptions extends SiteOptions {
  readonly signsAs?: string;
}

export function deviceCommands(dependencies: OfficeDependencies): Command {
  const { print } = dependencies;
  const device = new Command('device').description('Say which boxes can read the published gallery.');
  device
    .command('key')
    .description('On a box: make its key, or show what the registrar needs of it.')
    .requiredOption('--out <file>', 'where the key lies; made when there is none')
    .action(async ({ out }: { readonly out: string }) => {
      const file = path.resolve(out);
      const secret = (await readIfPresent(file))?.toString('utf8') ?? `${await newIdentity()}\n`;
      const recipient = await recipientOf(secret);
      if ((await readIfPresent(file)) === undefined) await writeFileAtomically(file, secret, 0o600);
      print(recipient);
    });
  device
    .command('fingerprint')
    .description('On a box: the fingerprint of the key that it signs with, for the registrar’s record.')
    .addOption(configOption())
    .action(async ({ config }: ConfigOption) =>
      print((await deviceKey((await loadConfig(config)).data_dir)).fingerprint),
    );
  device
    .command('add')
    .description('Let a box read, from the next publishing on.')
    .argument('<name>', 'name of the box')
    .argument('<recipient>', 'what `gallery device key` prints there (age1…)')
    .option(...FLEET)
    .option(...SITE)
    .option(...CONFIG)
    .option('--signs-as <fingerprint>', 'what `gallery device fingerprint` prints there')
    .action(async (name: string, recipient: string, { signsAs, ...options }: AddOptions) => {
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
      const office = siteOffice(place.fleet, site);
      await changeFleet(await fleetChange(dependencies, place), async (begin) => {
        const { [name]: before } = await office.devices();
        const added = { act: 'device-added', site, device: name, recipient, signs_as: signsAs, before };
        const act = await begin(added);
        if (signsAs !== undefined)
          await office.setDeviceKeys({ ...(await office.deviceKeys()), [name]: signsAs });
        await office.setDevices({ ...(await office.devices()), [name]: recipient });
        await act.done();
      });
      print(`${name} can read from the next publishing on.`);
    });
  const remove = device
    .command('remove')
    .description(
      'Take a box away: everything is encrypted anew, and it can read nothing that is published from then on.',
    )
    .argument('<name>', 'name of the box')
    .option(...FLEET)
    .option(...SITE)
    .option(...CONFIG);
  withConfirmation(remove).action(async (name: string, options: SiteOptions & Consequences) => {
    const { site, ...place } = await siteIn(options);
    const office = siteOffice(place.fleet, site);
    const { [name]: recipient, ...others } = expectDevice(site, name, await office.devices());
    print(`To be taken away from ${site}: ${name}  ${recipient}; ${Object.keys(others).length} boxes stay.`);
    if (!(await isConfirmed(dependencies, `Take ${name} away?`, options))) return;
    await changeFleet(await fleetChange(dependencies, place), async (begin) => {
      const { [name]: taken, ...left } = expectDevice(site, name, await office.devices());
      const act = await begin({ act: 'device-removed', site, device: name, recipient: taken });
      // A box that is off the list but still has the identity could read on, and nobody would see it any more.
      await office.renewIdentity();
      await office.setDevices(left);
      await act.done();
    });
    print(
      `${name} reads nothing that is published from now on. What it has, it has: erase the box if you can.`,
    );
  });
  device
    .command('list')
    .description('The boxes that can read.')
    .option(...FLEET)
    .option(...SITE)
    .option(...CONFIG)
    .action(async (options: SiteOptions) => {
      const { fleet, site } = await siteIn(options);
      for (const [name, recipient] of Object.entries(await siteOffice(fleet, site).devices()).sort())
        print(`${name}  ${recipient}`);
    });
  return device;
}

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
