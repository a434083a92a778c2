#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { explain, TwinstileError } from './base/errors.js';
import { exitCodeOf } from './base/exit-code.js';
import { printable } from './base/names.js';
import { withoutAddresses } from './base/shown-address.js';
import { systemFailure } from './base/system-error.js';
import { withManners } from './cli/manners.js';
import { buildInfo, versionText } from './platform/build-info.js';
import { foldAtTerminal } from './platform/fold-lines.js';
import { faultOfBindings } from './platform/native-bindings.js';
import { guardOutput } from './platform/output-guard.js';
import { SUMMARY, VERBS } from './verbs.js';

/** Of these only the output is of use; all others finish their work when their reader goes away. */
const ONLY_LINES: readonly string[] = ['config', 'replay', 'demo', 'completion'];
guardOutput(ONLY_LINES.includes(process.argv[2] ?? '') ? 'ends' : 'goes-on', (stream, fault) => {
  if (stream !== 'stdout') return;
  if (['run', 'gate'].includes(process.argv[2] ?? '')) {
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
  // The words were explained already, or help was asked for.
  if (error instanceof CommanderError) process.exitCode = exitCodeOf(error.exitCode === 0 ? 'done' : 'usage');
  else endWith(error);
}

/** Commander would exit with 1 for wrong words, as for a defect. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const one of command.commands) throwInsteadOfExit(one);
}

/** Expected failures are explained; anything else is a defect and shows where it happened. */
function endWith(error: unknown): void {
  const known = error instanceof TwinstileError ? error : (bindingFailure(error) ?? systemFailure(error));
  const text = known === undefined ? withoutAddresses(stackOf(error)) : explain(known);
  process.stderr.write(`twinstile: ${printable(text)}\n`);
  process.exitCode = exitCodeOf(known ?? 'broken');
}

/** Shortens the page of text that comes with a compiled part that cannot be loaded. */
function bindingFailure(error: unknown): TwinstileError | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isLoading = code === 'ERR_DLOPEN_FAILED' || code === 'MODULE_NOT_FOUND';
  return isLoading || /bindings file/.test(String(error)) ? faultOfBindings() : undefined;
}

/** The stack alone: what Node appends to it may be an address with its login. */
function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
