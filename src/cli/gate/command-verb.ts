/** `twinstile command`: an operator asks a lane for something, signed. */

import { randomUUID } from 'node:crypto';
import { Argument, Command } from 'commander';
import { isOperatorMode } from '../../access/policy/model.js';
import { TwinstileError } from '../../base/errors.js';
import { exitCodeOf } from '../../base/exit-code.js';
import { ID_PATTERN, laneId, siteId } from '../../base/ids.js';
import { ARGUMENT_OF, OPERATIONS, type Operation } from '../../gate/operator-command/operator-messages.js';
import { sendCommand } from '../../gate/operator-command/send-command.js';
import { type SigningKey, signingKey } from '../../gate/protocol/signature.js';
import { laneTopics } from '../../gate/protocol/topics.js';
import { MAX_KEY_FILE, readPlainFile } from '../../platform/plain-file.js';
import { connectTool, type ToolLogin } from '../../service/setup/connect-tool.js';
import { type OfficeDependencies, officeDependencies } from '../office-dependencies.js';
import { readProfile } from '../profile.js';
import {
  commandDefaults,
  needOptions,
  type ProfileOption,
  profileOption,
  REQUIRED,
  withDefaults,
} from '../profile-options.js';
import { answerLines } from './command-answer.js';
import { checkPictureFile, writePicture } from './command-picture.js';

interface Typed extends Partial<ToolLogin>, ProfileOption {
  readonly site?: string;
  readonly lane?: string;
  readonly operator?: string;
  readonly key?: string;
  readonly to?: string;
  readonly json?: boolean;
}

const NEEDED = ['site', 'lane', 'broker', 'operator', 'key'] as const;
type Options = Typed & { readonly [Name in (typeof NEEDED)[number]]: string };

export function commandCommand(replaced: Partial<OfficeDependencies> = {}): Command {
  const dependencies = { ...officeDependencies(), ...replaced };
  return new Command('command')
    .description('Order something of a lane as an operator: open, lockdown, mode and more.')
    .addArgument(new Argument('<operation>', 'what').choices(OPERATIONS))
    .argument(
      '[argument]',
      'mode: normal, lockdown or free-exit; erase and reset: id of the person; dispute: id of the decision',
    )
    .option('--site <id>', `site of the lane ${REQUIRED}`)
    .option('--lane <id>', `the lane ${REQUIRED}`)
    .option('--broker <url>', `mqtt://HOST:PORT or mqtts://HOST:PORT ${REQUIRED}`)
    .option('--operator <id>', `name of the operator, as in commands.operators ${REQUIRED}`)
    .option('--key <file>', `the operator’s private key (Ed25519, PEM) ${REQUIRED}`)
    .option('--username <name>', 'login at the broker')
    .option('--password-file <file>', 'file that holds the password')
    .option('--ca <file>', 'certificate (PEM) of the authority that signed the broker')
    .option('--to <file>', 'snapshot: the file that the picture (JPEG) is written to; there must be none yet')
    .addOption(profileOption())
    .option('--json', 'the lane’s answer as it came, as JSON')
    .action((operation: Operation, argument: string | undefined, typed: Typed) =>
      sendSigned(dependencies, operation, argument, typed),
    );
}

/** The exit code is that of a refusal when the lane refuses or fails. */
async function sendSigned(
  { print, setExitCode, env }: OfficeDependencies,
  operation: Operation,
  argument: string | undefined,
  typed: Typed,
): Promise<void> {
  checkArgument(operation, argument);
  const options: Typed = withDefaults(typed, commandDefaults(await readProfile({ env }, typed.profile)));
  needOptions('command', options, NEEDED);
  await checkPictureFile(operation, options.to);
  for (const id of [options.site, options.lane, options.operator])
    if (!ID_PATTERN.test(id)) throw bad('a name of letters, digits, . - or _', `'${id}'`);
  const key = await readKey(options);
  const bus = await connectTool('command', options);
  try {
    const topics = laneTopics(siteId(options.site), laneId(options.lane));
    const answer = await sendCommand({ bus, topics, key, newTransaction: randomUUID }, operation, argument);
    const shown = options.to === undefined ? answer : await writePicture(answer, options.to);
    if (options.json === true) print(JSON.stringify(shown));
    else for (const line of answerLines({ operation, argument, lane: options.lane }, shown)) print(line);
    if (answer.result !== 'ok') setExitCode(exitCodeOf('refused'));
  } finally {
    await bus.close();
  }
}

function checkArgument(operation: Operation, argument: string | undefined): void {
  const name = ARGUMENT_OF[operation];
  if (name === undefined && argument !== undefined)
    throw bad(`nothing after '${operation}'`, `'${argument}'`);
  if (operation === 'mode' && !isOperatorMode(argument ?? ''))
    throw bad('normal, lockdown or free-exit', argument ?? 'nothing');
  if (operation === 'erase' && argument === undefined) throw bad('the id of a person', 'nothing');
  if (operation === 'dispute' && argument === undefined) throw bad('the id of a decision', 'nothing');
  if (argument !== undefined && !ID_PATTERN.test(argument))
    throw bad('a name of letters, digits, . - or _', `'${argument}'`);
}

async function readKey({ operator, key: file }: Options): Promise<SigningKey> {
  try {
    return signingKey(operator, 'ed25519', await readPlainFile(file, { maxBytes: MAX_KEY_FILE }));
  } catch (cause) {
    if (cause instanceof TwinstileError)
      throw new TwinstileError({
        code: cause.code,
        message: `Expected the operator's private key at ${file}, got another file: ${cause.message}`,
        hint: 'Name the .key file of: twinstile keys new operator --out DIR',
        cause,
      });
    throw new TwinstileError({
      code: 'key-unusable',
      message: `The operator's private key at ${file} cannot be read.`,
      hint: 'Make one with: twinstile keys new operator --out DIR',
      cause,
    });
  }
}

const bad = (expected: string, got: string): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Run: twinstile command --help',
  });
