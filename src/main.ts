#!/usr/bin/env node
import { Command } from 'commander';
import { exitCodeOf } from './base/exit-code.js';
import { endingOf } from './cli/ending.js';
import { withManners } from './cli/manners.js';
import { buildInfo, versionText } from './platform/build-info.js';
import { foldAtTerminal } from './platform/fold-lines.js';
import { guardOutput } from './platform/output-guard.js';
import { SUMMARY, VERBS } from './verbs.js';

/** Of these only the output is of use; all others finish their work when their reader goes away. */
const ONLY_LINES: readonly string[] = ['config', 'replay', 'demo', 'completion'];
/** Not where only its help is asked for: nothing works on then. */
const isService =
  ['run', 'gate'].includes(process.argv[2] ?? '') &&
  !process.argv.some((word) => ['--help', '-h'].includes(word));
guardOutput(ONLY_LINES.includes(process.argv[2] ?? '') ? 'ends' : 'goes-on', (stream, fault) => {
  if (stream !== 'stdout') return;
  if (isService) {
    const why =
      fault === undefined ? 'the reader of the log went away' : `the log cannot be written: ${fault}`;
    process.stderr.write(`twinstile: ${why}; the service works on without a log.\n`);
  } else if (fault !== undefined) {
    // What the command was to show is not whole: no script may take it for that.
    process.exitCode = exitCodeOf('broken');
    process.stderr.write(`twinstile: The output could not be written: ${fault}\n`);
  }
});

for (const stream of [process.stdout, process.stderr]) foldAtTerminal(stream);

const program = withManners(
  new Command('twinstile').description(SUMMARY).version(versionText(buildInfo())),
  [],
);
const requested = VERBS[process.argv[2] ?? ''];
/** Asked alone, nothing is loaded for it. */
const isVersion = ['--version', '-V'].includes(process.argv[2] ?? '');

try {
  for (const load of isVersion ? [] : requested === undefined ? Object.values(VERBS) : [requested])
    program.addCommand(await load());
  throwInsteadOfExit(program);
  await program.parseAsync();
} catch (error) {
  const { text, exitCode } = endingOf(error);
  if (text !== undefined) process.stderr.write(`twinstile: ${text}\n`);
  process.exitCode = exitCode;
}

/** Commander would exit with 1 for wrong words, as for a defect. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const one of command.commands) throwInsteadOfExit(one);
}
