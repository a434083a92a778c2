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
import { causedByUnknownSenders, createRateLimitedPrint, lineFor } from './gate-lines.js';
import {
  type DriveChoice,
  type GateOptions,
  type RawGateOptions,
  readGateKeys,
  readGateOptions,
} from './gate-options.js';

/** What the command needs from outside; the defaults are the real ones. */
export interface GateDependencies {
  readonly print: (line: string) => void;
  readonly clock: Clock;
  readonly connect: (options: BusOptions) => Bus;
  readonly openDrive: (choice: DriveChoice, onProblem: (detail: string) => void) => Drive | Promise<Drive>;
  /** Runs the work until the program is asked to stop. */
  readonly untilSignal: (work: (signal: AbortSignal) => Promise<void>) => Promise<void>;
}

const realDependencies: GateDependencies = {
  print: (line) => process.stdout.write(`${line}\n`),
  clock: systemClock,
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
    .argument('[program...]', 'command: program and arguments, after --')
    .addHelpText('after', KEYS_HELP)
    .action(async (program: string[], raw: RawGateOptions) => run(dependencies, raw, program));
}

const KEYS_HELP = `
To change the key without closing the gate: give both, --key old=old.pub --key new=new.pub, restart the gate, let the
lane sign with the new one, then take the old one away.`;

async function run(
  dependencies: GateDependencies,
  raw: RawGateOptions,
  program: readonly string[],
): Promise<void> {
  const options = readGateOptions(raw, program);
  const { site, lane, gate, direction } = options;
  const printLimited = createRateLimitedPrint(dependencies.print, () => dependencies.clock.monotonic());
  const reportProblem = (detail: string) => printLimited(`Problem: ${detail}`, detail);
  const { verifying: keys, signer } = await readGateKeys(options);
  const topics = laneTopics(site, lane).gate;
  const address = await brokerAddress({ mqtt: mqttFrom(options, raw) }, undefined);
  const drive = await dependencies.openDrive(options.drive, (detail) => reportProblem(`the gate: ${detail}`));

  dependencies.print(`Gate ${gate} (${direction}) of lane ${lane}, site ${site}: ${options.drive.kind}.`);
  dependencies.print(`Keys: ${keys.map(({ id, algorithm }) => `${id} (${algorithm})`).join(', ')}.`);
  dependencies.print(
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
      const onEvent = (event: ActuatorEvent) => {
        const kind = causedByUnknownSenders(event);
        if (kind === undefined) dependencies.print(lineFor(event));
        else printLimited(lineFor(event), kind);
      };
      const place = { site, lane, gate };
      await runActuator(
        { bus, topics, place, direction, keys, signer, drive, clock: dependencies.clock, onEvent },
        signal,
      );
    } finally {
      await bus.close();
    }
  });
  dependencies.print('Stopped.');
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
