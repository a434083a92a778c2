/** `twinstile gate`: the reference actuator. Verifies grants and moves a gate, without any face data. */
import { Command } from 'commander';
import type { Clock } from '../../base/clock.js';
import { type ActuatorEvent, runActuator } from '../../gate/actuate.js';
import { createCommandDrive } from '../../gate/drives/command-drive.js';
import type { Drive } from '../../gate/drives/drive.js';
import { createGpioDrive } from '../../gate/drives/gpioset.js';
import { createSimulator } from '../../gate/drives/simulated-drive.js';
import { laneTopics } from '../../gate/protocol/topics.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { clientIdOf } from '../../platform/mqtt/mqtt-connection.js';
import { type BusOptions, connectBus } from '../../platform/mqtt/reconnecting-bus.js';
import { untilSignal } from '../../platform/signals.js';
import { systemClock } from '../../platform/system-clock.js';
import { brokerAddress } from '../../service/setup/broker-address.js';
import { type Profile, readProfile } from '../profile.js';
import { gateDefaults, type ProfileOption, profileOption, withDefaults } from '../profile-options.js';
import { causedByUnknownSenders, createRateLimitedPrint, lineFor } from './gate-lines.js';
import {
  type DriveChoice,
  type GateOptions,
  type RawGateOptions,
  readGateKeys,
  readGateOptions,
} from './gate-options.js';

interface TypedOptions extends RawGateOptions, ProfileOption {
  readonly json?: boolean;
}

/** What the command needs from outside; the defaults are the real ones. */
export interface GateDependencies {
  readonly print: (line: string) => void;
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  readonly connect: (options: BusOptions) => Bus;
  readonly openDrive: (choice: DriveChoice, onProblem: (detail: string) => void) => Drive | Promise<Drive>;
  /** Runs the work until the program is asked to stop. */
  readonly untilSignal: (work: (signal: AbortSignal) => Promise<void>) => Promise<void>;
}

const realDependencies: GateDependencies = {
  print: (line) => process.stdout.write(`${line}\n`),
  clock: systemClock,
  env: process.env,
  connect: connectBus,
  openDrive,
  untilSignal,
};

/** @param replaced of the dependencies, in tests. */
export function gateCommand(replaced: Partial<GateDependencies> = {}): Command {
  const dependencies = { ...realDependencies, ...replaced };
  const collect = (value: string, before: readonly string[] = []) => [...before, value];
  return new Command('gate')
    .description('Move a gate when a signed grant says so. Runs until it is told to stop.')
    .option('--site <id>', 'site the gate belongs to')
    .option('--lane <id>', 'lane the gate belongs to')
    .option('--gate <id>', 'name of this gate')
    .option('--direction <in|out>', 'way in which people walk')
    .option('--broker <url>', 'mqtt://HOST:PORT or mqtts://HOST:PORT')
    .option(
      '--key <id=file>',
      'key that grants are checked with: .pub file (Ed25519) or 32 bytes (HMAC); may be given again',
      collect,
    )
    .option(
      '--sign-key <file>',
      'key that answers are signed with: from twinstile keys new gate; with an HMAC --key that one signs if absent',
    )
    .option('--protocol <1|2>', '1: grants without site and lane, answers without a signature (default: 2)')
    .option('--username <name>', 'login at the broker')
    .option('--password-file <file>', 'file that holds the password')
    .option('--ca <file>', 'certificate (PEM) of the authority that signed the broker')
    .option('--cert <file>', 'certificate (PEM) of this gate')
    .option('--key-file <file>', 'private key (PEM) to --cert')
    .option('--drive <kind>', 'simulator, command or gpio (default: simulator)')
    .option('--walk-after <ms>', 'simulator: somebody walks this long after each opening')
    .option('--chip <name>', 'gpio: chip, such as gpiochip0')
    .option('--line <number>', 'gpio: line on the chip')
    .option('--active-low', 'gpio: the relay pulls at low level')
    .addOption(profileOption())
    .option('--json', 'each event as a line of JSON')
    .argument('[program...]', 'command: program and arguments, after --')
    .addHelpText('after', KEYS_HELP)
    .action(async (program: string[], typed: TypedOptions) => {
      const profile = await readProfile(dependencies, typed.profile);
      await run(dependencies, withGateProfile(typed, profile), program);
    });
}

const KEYS_HELP = `
To change the key without closing the gate: give both, --key old=old.pub --key new=new.pub, restart the gate, let the
lane sign with the new one, then take the old one away.`;

async function run(
  dependencies: GateDependencies,
  raw: TypedOptions,
  program: readonly string[],
): Promise<void> {
  const options = readGateOptions(raw, program);
  const { site, lane, gate, direction } = options;
  const { note, problem: reportProblem, event: onEvent } = gateOutput(dependencies, raw.json === true);
  const { verifying: keys, signer } = await readGateKeys(options);
  const topics = laneTopics(site, lane).gate;
  const address = await brokerAddress({ mqtt: mqttFrom(options, raw) }, undefined);
  const drive = await dependencies.openDrive(options.drive, (detail) => reportProblem(`the gate: ${detail}`));

  note(`Gate ${gate} (${direction}) of lane ${lane}, site ${site}: ${options.drive.kind}.`);
  note(`Keys: ${keys.map(({ id, algorithm }) => `${id} (${algorithm})`).join(', ')}.`);
  note(
    signer.protocol === 1
      ? 'Answers are NOT signed (version 1): whoever may publish on its topics speaks for this gate.'
      : `Answers are signed with ${signer.own === undefined ? 'the shared key' : `the gate's own key (${signer.own.algorithm})`}.`,
  );
  await dependencies.untilSignal(async (signal) => {
    const bus = dependencies.connect({
      ...address,
      clientId: clientIdOf(site, lane, 'gate', gate),
      availability: topics.availability,
      onProblem: (detail) => reportProblem(`the broker: ${detail}`),
    });
    try {
      const place = { site, lane, gate };
      await runActuator(
        { bus, topics, place, direction, keys, signer, drive, clock: dependencies.clock, onEvent },
        signal,
      );
    } finally {
      await bus.close();
    }
  });
  note('Stopped.');
}

interface GateOutput {
  readonly note: (text: string) => void;
  /** At most once a minute for each problem. */
  readonly problem: (detail: string) => void;
  readonly event: (event: ActuatorEvent) => void;
}

/** @param asJson one object a line, with the time; else sentences. */
function gateOutput({ print, clock }: GateDependencies, asJson: boolean): GateOutput {
  const printLimited = createRateLimitedPrint(print, () => clock.monotonic());
  const json = (fields: object): string =>
    JSON.stringify({ at: new Date(clock.wall()).toISOString(), ...fields });
  const shown = (event: ActuatorEvent): string => (asJson ? json(event) : lineFor(event));
  return {
    note: (text) => print(asJson ? json({ kind: 'note', text }) : text),
    problem: (detail) =>
      printLimited(asJson ? json({ kind: 'problem', detail }) : `Problem: ${detail}`, detail),
    event(event) {
      const kind = causedByUnknownSenders(event);
      if (kind === undefined) print(shown(event));
      else printLimited(shown(event), kind);
    },
  };
}

/** Options of a drive that the profile names belong to that drive alone. */
function withGateProfile(typed: TypedOptions, profile: Profile): TypedOptions {
  const isSameDrive = typed.drive === undefined || typed.drive === profile.gate?.drive;
  const { drive, walkAfter, chip, line, activeLow, ...others } = gateDefaults(profile);
  return withDefaults(typed, isSameDrive ? { ...others, drive, walkAfter, chip, line, activeLow } : others);
}

function mqttFrom({ broker }: GateOptions, raw: RawGateOptions) {
  const { username, passwordFile, ca, cert, keyFile } = raw;
  return {
    url: broker,
    username,
    password_file: passwordFile,
    ca_file: ca,
    cert_file: cert,
    key_file: keyFile,
  };
}

function openDrive(choice: DriveChoice, onProblem: (detail: string) => void): Drive | Promise<Drive> {
  switch (choice.kind) {
    case 'simulator':
      return createSimulator(choice);
    case 'command':
      return createCommandDrive({ ...choice, onProblem });
    case 'gpio':
      return createGpioDrive({ ...choice, onProblem });
  }
}
