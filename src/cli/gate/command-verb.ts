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
import { checkPictureFile, writePicture } from './command-picture.js';

interface Options extends ToolLogin {
  readonly site: string;
  readonly lane: string;
  readonly operator: string;
  readonly key: string;
  readonly to?: string;
}

export function commandCommand(replaced: Partial<OfficeDependencies> = {}): Command {
  const dependencies = { ...officeDependencies(), ...replaced };
  return new Command('command')
    .description('Order something of a lane as an operator: open, lockdown, mode and more.')
    .addArgument(new Argument('<operation>', 'what').choices(OPERATIONS))
    .argument(
      '[argument]',
      'mode: normal, lockdown or free-exit; erase and reset: id of the person; dispute: id of the decision',
    )
    .requiredOption('--site <id>', 'site of the lane')
    .requiredOption('--lane <id>', 'the lane')
    .requiredOption('--broker <url>', 'mqtt://HOST:PORT or mqtts://HOST:PORT')
    .requiredOption('--operator <id>', 'name of the operator, as in commands.operators')
    .requiredOption('--key <file>', 'the operator’s private key (Ed25519, PEM)')
    .option('--username <name>', 'login at the broker')
    .option('--password-file <file>', 'file that holds the password')
    .option('--ca <file>', 'certificate (PEM) of the authority that signed the broker')
    .option('--to <file>', 'snapshot: the file that the picture (JPEG) is written to; there must be none yet')
    .action((operation: Operation, argument: string | undefined, options: Options) =>
      sendSigned(dependencies, operation, argument, options),
    );
}

/** Exit code 1 when the lane refuses or fails. */
async function sendSigned(
  { print, setExitCode }: OfficeDependencies,
  operation: Operation,
  argument: string | undefined,
  options: Options,
): Promise<void> {
  checkArgument(operation, argument);
  await checkPictureFile(operation, options.to);
  for (const id of [options.site, options.lane, options.operator])
    if (!ID_PATTERN.test(id)) throw bad('a name of letters, digits, . - or _', `'${id}'`);
  const key = await readKey(options);
  const bus = await connectTool('command', options);
  try {
    const topics = laneTopics(siteId(options.site), laneId(options.lane));
    const answer = await sendCommand({ bus, topics, key, newTransaction: randomUUID }, operation, argument);
    print(JSON.stringify(options.to === undefined ? answer : await writePicture(answer, options.to)));
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
    if (cause instanceof TwinstileError) throw cause;
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
