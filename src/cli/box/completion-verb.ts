import { Argument, Command } from 'commander';
import { buildInfo, programVersion } from '../../platform/build-info.js';
import { completionOf, manualOf, SHELLS, type Shell } from '../completion-text.js';

/** @param tree the whole program, with every verb. */
export function completionCommand(tree: () => Promise<Command>): Command {
  return new Command('completion')
    .description('Print the completion for a shell, or the manual page, from the verbs of this version.')
    .addArgument(new Argument('<what>', 'a shell, or man').choices([...SHELLS, 'man']))
    .addHelpText(
      'after',
      '\nExamples:\n  twinstile completion bash \\\n    > ~/.local/share/bash-completion/completions/twinstile\n  twinstile completion man | man -l -',
    )
    .action(async (what: Shell | 'man') => {
      const program = await tree();
      const date = buildInfo()?.builtAt.slice(0, 10) ?? '1970-01-01';
      process.stdout.write(
        what === 'man' ? manualOf(program, programVersion(), date) : completionOf(program, what),
      );
    });
}
