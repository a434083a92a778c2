/** `twinstile setup`: leads through the set-up of a box, tries each answer, and writes the configuration. */
import { spawn } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { compact } from '../../base/compact.js';
import { TwinstileError } from '../../base/errors.js';
import { exitCodeOf } from '../../base/exit-code.js';
import { untilSignal } from '../../platform/signals.js';
import { programCommand } from '../../platform/spawn-worker.js';
import {
  type BoxFiles,
  boxFiles,
  readBase,
  replaceConfiguration,
} from '../../service/box-setup/box-files.js';
import { type DialogOutcome, type DialogPorts, holdDialog } from '../../service/box-setup/hold-dialog.js';
import { readAnswers, readAnswersFile } from '../../service/box-setup/read-answers-file.js';
import { SETUP_QUESTIONS, type SetupAnswers } from '../../service/box-setup/setup-questions.js';
import { attemptsOf } from '../../service/box-setup/try-answers.js';
import {
  type ConfigOption,
  configOption,
  type OfficeDependencies,
  officeDependencies,
} from '../office-dependencies.js';
import { setupTerminal } from './setup-terminal.js';

const AS_SERVICE = '/opt/twinstile/current/scripts/as-service';

interface Options extends ConfigOption, Readonly<Record<string, unknown>> {
  readonly answers?: string;
  readonly yes?: boolean;
  readonly keepAnyway?: boolean;
  readonly try: boolean;
}

export function setupCommand(replaced: Partial<OfficeDependencies> = {}): Command {
  const dependencies = { ...officeDependencies(), ...replaced };
  const command = new Command('setup')
    .description('Set up a box step by step: each answer is tried, then the configuration is written.')
    .addOption(configOption())
    .option('--answers <file>', 'YAML with what is not to be asked, by the names of the options below')
    .option('--yes', 'ask nothing: what is not answered stays as the configuration has it')
    .option('--keep-anyway', 'without a terminal: go on where a step fails')
    .option('--no-try', 'try nothing and enroll nobody: only write the configuration');
  for (const { name, text } of SETUP_QUESTIONS) command.option(`--${name} <answer>`, text);
  return command
    .addHelpText('after', HELP)
    .action((options: Options) => untilSignal((signal) => setUp(dependencies, options, signal)));
}

const HELP = `
Run it again at any time: what was answered is offered again. The configuration
before is kept as FILE.bak, and what is not asked stays as it is. Keys are made
where they are missing and never overwritten. Ends with 4 when a step failed,
with 130 when it was stopped.`;

async function setUp(dependencies: OfficeDependencies, options: Options, signal: AbortSignal): Promise<void> {
  const { print, setExitCode } = dependencies;
  const files = boxFiles(options.config);
  const given = await givenAnswers(options);
  const terminal = options.yes === true ? undefined : setupTerminal(signal);
  if (
    terminal === undefined &&
    options.yes !== true &&
    options.answers === undefined &&
    Object.keys(given).length === 0
  )
    throw noTerminal();
  await expectWritable(files);
  const { text: base, isNew } = await readBase(files);
  print(isNew ? `A new configuration: ${files.file}` : `What ${files.file} has is offered again.`);
  if (terminal !== undefined) print('Enter takes what is in brackets. Ctrl-C ends it.');
  let saved = false;
  const ports = portsOf({ dependencies, files, options, signal, terminal }, () => {
    saved = true;
  });
  const wishes = {
    base,
    given,
    takesDefaults: options.yes === true,
    keepsFailed: options.keepAnyway === true,
    folder: process.cwd(),
  };
  const outcome = await holdDialog(wishes, ports).catch((error: unknown) => {
    throw stoppedWith(error, saved, files);
  });
  setExitCode(await close(outcome, saved, { dependencies, files, options }));
}

async function givenAnswers(options: Options): Promise<SetupAnswers> {
  const fromFile = options.answers === undefined ? {} : await readAnswersFile(options.answers);
  const typed = SETUP_QUESTIONS.flatMap(({ name }): readonly (readonly [string, string])[] => {
    const value = options[name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  return { ...fromFile, ...compact(readAnswers(Object.fromEntries(typed), process.cwd(), 'the options')) };
}

const noTerminal = (): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: 'Expected a terminal to ask at, --answers FILE or --yes, got none of them.',
    hint: 'See: twinstile setup --help. Nothing was changed.',
  });

/** Checked before a person has answered everything. A folder that is missing is made when there is something to put into it. */
async function expectWritable({ folder, isService }: BoxFiles): Promise<void> {
  let place = folder;
  while (!existsSync(place)) place = path.dirname(place);
  try {
    await access(place, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new TwinstileError({
      code: 'file-refused',
      message: `Expected a folder that this user may write, got ${place}.`,
      hint: isService ? 'Type: sudo twinstile setup' : 'Name another file with --config.',
      cause,
    });
  }
}

interface Run {
  readonly dependencies: OfficeDependencies;
  readonly files: BoxFiles;
  readonly options: Options;
}

interface LiveRun extends Run {
  readonly signal: AbortSignal;
  readonly terminal: ReturnType<typeof setupTerminal>;
}

function portsOf(
  { dependencies: { print: say, env }, files, options, signal, terminal }: LiveRun,
  onSaved: () => void,
): DialogPorts {
  const { ask, askHidden } = terminal ?? {};
  const runVerb = (words: readonly string[], as: 'caller' | 'service') => runWords(words, as, files);
  const attempt = options.try
    ? attemptsOf(files, { env, say, ask, askHidden, runVerb, signal })
    : async () => [];
  return {
    say,
    ask,
    attempt,
    async save({ text }) {
      const isChanged = await replaceConfiguration(files, text);
      onSaved();
      say(isChanged ? `Written: ${files.file}` : `${files.file} stays as it was.`);
    },
  };
}

/** As the service where the configuration is its own: what root enrolled would lie in a database that the service cannot open. */
function runWords(
  words: readonly string[],
  as: 'caller' | 'service',
  { isService }: BoxFiles,
): Promise<number> {
  const isInstalled = isService && process.geteuid?.() === 0 && existsSync(AS_SERVICE);
  const { command, args } =
    as === 'service' && isInstalled ? { command: AS_SERVICE, args: words } : programCommand('main', words);
  const child = spawn(command, args, { stdio: 'inherit' });
  return new Promise((resolve) => {
    child.once('error', () => resolve(exitCodeOf('broken')));
    child.once('exit', (code) => resolve(code ?? exitCodeOf('stopped')));
  });
}

function stoppedWith(error: unknown, saved: boolean, { file }: BoxFiles): unknown {
  if (!(error instanceof TwinstileError) || error.code !== 'stopped') return error;
  return new TwinstileError({
    code: 'stopped',
    message: saved ? `Stopped; ${file} is written.` : `Stopped; ${file} is as it was before.`,
    hint: 'Go on with: twinstile setup',
    cause: error,
  });
}

/** @returns the exit code. */
async function close(outcome: DialogOutcome, saved: boolean, run: Run): Promise<number> {
  const { dependencies, files, options } = run;
  const { print } = dependencies;
  const { file, isService } = files;
  if (outcome.kind === 'stopped') {
    const state = saved ? `${file} is written.` : `${file} is as it was before.`;
    print(`Stopped at "${outcome.step}"; ${state}`);
    return exitCodeOf(outcome.chosen ? 'refused' : 'not-well');
  }
  if (options.try && (await runWords(['config', 'check', file], 'service', files)) !== 0)
    return exitCodeOf('not-well');
  if (outcome.kept.length > 0) print(`Kept although it failed: ${outcome.kept.join(', ')}.`);
  const named = isService ? '' : ` --config ${options.config}`;
  print(
    isService
      ? 'Next: twinstile doctor, then systemctl restart twinstile. Needs of the unit: twinstile config unit FILE.'
      : `Next: twinstile doctor${named}, then twinstile run${named}.`,
  );
  return exitCodeOf(outcome.kept.length > 0 ? 'not-well' : 'done');
}
