/** `twinstile fleet status`: shows the state of all boxes of a fleet, from their retained messages at the broker. */

import { Command } from 'commander';
import { TwinstileError } from '../../base/errors.js';
import { exitCodeOf } from '../../base/exit-code.js';
import { ID_PATTERN } from '../../base/ids.js';
import { type Millis, millis } from '../../base/units.js';
import { devicesOf } from '../../fleet/status/device-status.js';
import { checkHeads, type HeadAlarm, headNameOf } from '../../fleet/status/journal-heads.js';
import { type FleetAnswer, requestFleetStatus } from '../../fleet/status/request-status.js';
import { newestPublished, readRootFile } from '../../service/fleet/newest-published.js';
import { loadKnownHeads, saveKnownHeads } from '../../service/journal/head-files.js';
import { connectTool, type ToolLogin } from '../../service/setup/connect-tool.js';
import { type OfficeDependencies, officeDependencies } from '../office-dependencies.js';
import { readProfile } from '../profile.js';
import {
  fleetDefaults,
  needOptions,
  type ProfileOption,
  profileOption,
  REQUIRED,
  withDefaults,
} from '../profile-options.js';
import { deviceLines, deviceRecord, formatLines } from './fleet-lines.js';

interface Typed extends Partial<ToolLogin>, ProfileOption {
  readonly site?: string;
  readonly repository?: string;
  readonly root?: string;
  readonly wait?: string;
  readonly stale?: string;
  readonly heads?: string;
  readonly accept?: string;
  readonly json?: boolean;
}

type Options = Typed & ToolLogin;

export function fleetCommand(replaced: Partial<OfficeDependencies> = {}): Command {
  const dependencies = { ...officeDependencies(), ...replaced };
  const fleet = new Command('fleet').description('Watch over the boxes of a fleet.');
  fleet
    .command('status')
    .description(
      'Say of every box which gallery and pack it uses, and what is wrong. Exit code 1 when anything is.',
    )
    .option('--broker <url>', `mqtt://HOST:PORT or mqtts://HOST:PORT ${REQUIRED}`)
    .option('--username <name>', 'login at the broker')
    .option('--password-file <file>', 'file that holds the password')
    .option('--ca <file>', 'certificate (PEM) of the authority that signed the broker')
    .option('--site <id>', 'only boxes of this site')
    .option('--repository <place>', 'URL or folder of the repository: what is newest there (needs --site)')
    .option('--root <file>', 'root.json that the repository must follow; its own first root if absent')
    .option('--wait <seconds>', 'how long to wait for the first answer, 1 to 60 (default: 3)')
    .option('--stale <seconds>', 'how old a box’s last word may be, 60 to 86400 (default: 180)')
    .option(
      '--heads <file>',
      'keep the newest signed row of each box’s journal there, and say which went back',
    )
    .option(
      '--accept <site/device>',
      'somebody looked at the journal of this box: begin anew with it (needs --heads)',
    )
    .addOption(profileOption())
    .option('--json', 'as JSON')
    .action((typed: Typed) => status(dependencies, typed));
  return fleet;
}

async function status(dependencies: OfficeDependencies, typed: Typed): Promise<void> {
  const { clock, print, setExitCode } = dependencies;
  const options: Typed = withDefaults(typed, fleetDefaults(await readProfile(dependencies, typed.profile)));
  needOptions('fleet status', options, ['broker']);
  const { site } = options;
  const wait = seconds('--wait', options.wait ?? '3', 1, 60);
  const maxSilence = seconds('--stale', options.stale ?? '180', 60, 86_400);
  if (site !== undefined && !ID_PATTERN.test(site))
    throw bad('a site of letters, digits, . - or _', `'${site}'`);
  const newest = await newestIn(dependencies, options);
  const answer = await requestStatus(options, wait);
  const alarms = await headAlarms(options, answer);
  const devices = devicesOf(answer.lanes, {
    now: clock.wall(),
    maxSilence,
    receipts: answer.receipts,
    newest,
  }).map((one) => {
    const alarm = alarms.get(headNameOf(one));
    return alarm === undefined ? one : { ...one, faults: [...one.faults, alarm.code] };
  });
  const isWell = devices.every(({ faults }) => faults.length === 0);
  if (!isWell) setExitCode(exitCodeOf('not-well'));
  if (options.json === true) return print(JSON.stringify(devices.map(deviceRecord)));
  for (const line of deviceLines(devices, clock.wall())) print(line);
  for (const line of formatLines(devices)) print(line);
  for (const [name, { words }] of alarms)
    print(
      `Journal of ${name}: ${words}. Keep a copy of its database, run twinstile journal verify there, then --accept ${name}.`,
    );
  for (const [at, serial] of newest ?? []) print(`newest gallery of ${at}: ${serial}`);
  if (answer.unreadable > 0) print(`${answer.unreadable} messages could not be read.`);
}

/** Empty without --heads. */
async function headAlarms(
  { heads: file, accept }: Options,
  { lanes: news }: FleetAnswer,
): Promise<ReadonlyMap<string, HeadAlarm>> {
  if (file === undefined) {
    if (accept !== undefined) throw bad('--heads with --accept', 'none');
    return new Map();
  }
  const before = new Map(await loadKnownHeads(file));
  if (accept !== undefined && !before.delete(accept))
    throw bad(`one of ${[...before.keys()].join(', ') || 'no boxes'} with --accept`, `'${accept}'`);
  const { known, alarms } = checkHeads(news, before);
  await saveKnownHeads(file, known);
  return alarms;
}

async function requestStatus(options: Options, wait: Millis): Promise<FleetAnswer> {
  const refusals = new Set<string>();
  const bus = await connectTool('fleet', options, (detail) => refusals.add(detail));
  try {
    const answer = await requestFleetStatus(bus, { site: options.site, wait });
    if (answer.lanes.length > 0) return answer;
    throw new TwinstileError({
      code: 'broker-unreachable',
      message: `Expected a box of ${options.site ?? 'any site'} to have said something at the broker, got ${
        refusals.size === 0 ? `nothing within ${wait / 1000} s` : [...refusals].join(', ')
      }.`,
      // Mosquitto accepts a subscription that its list forbids, and then sends no message.
      hint: 'Let this login read twinstile/+/+/availability, state and health (see docs/PROTOCOL.md), check --site, and whether a box has ever been connected there.',
    });
  } finally {
    await bus.close();
  }
}

/** @returns undefined without --repository. */
async function newestIn(
  { env, clock }: OfficeDependencies,
  { site, repository, root }: Options,
): Promise<ReadonlyMap<string, number> | undefined> {
  if (repository === undefined) {
    if (root !== undefined) throw bad('--repository with --root', 'none');
    return undefined;
  }
  if (site === undefined) throw bad('--site with --repository', 'none');
  const question = { repository, now: clock.wall(), env };
  return new Map([
    [
      site,
      await newestPublished(
        site,
        root === undefined
          ? question
          : { ...question, root: await readRootFile(root, 'Name the root.json that the registrar made.') },
      ),
    ],
  ]);
}

function seconds(name: string, text: string, least: number, most: number): Millis {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return millis(value * 1000);
  throw bad(`${name} from ${least} to ${most}`, `'${text}'`);
}

const bad = (expected: string, got: string): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Run: twinstile fleet status --help',
  });
