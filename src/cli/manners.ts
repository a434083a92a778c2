/** Gives each command of the tree the same help: 80 columns, required options marked as such, and examples. */
import type { Command, Option } from 'commander';
import { foldText } from '../platform/fold-lines.js';
import { VERB_EXAMPLES } from './verb-examples.js';

/** Where the output is no terminal, or one that does not give its width. */
const USUAL_WIDTH = 80;
/** Longer lines are hard to read, however wide the window is. */
const WIDEST = 100;

const widthOf = (stream: NodeJS.WriteStream): number =>
  Math.min((stream.isTTY ? stream.columns : undefined) ?? USUAL_WIDTH, WIDEST);

/** @param words what is typed to reach it, without the program's own name; none for the program itself. */
export function withManners(command: Command, words: readonly string[] = [command.name()]): Command {
  command
    .configureHelp({ optionDescription: describeOption, subcommandTerm: (one) => one.name() })
    .configureOutput({
      getOutHelpWidth: () => widthOf(process.stdout),
      getErrHelpWidth: () => widthOf(process.stderr),
      outputError: (text, write) => write(text.replace('command-argument value', 'the word')),
      writeOut: (text) => void process.stdout.write(foldText(text, widthOf(process.stdout))),
    })
    .showHelpAfterError(`(see: ${['twinstile', ...words].join(' ')} --help)`);
  const examples = VERB_EXAMPLES[words.join(' ')];
  if (examples !== undefined) command.addHelpText('after', helpOf(examples));
  for (const inner of command.commands) withManners(inner, [...words, inner.name()]);
  return command;
}

const helpOf = (examples: string): string => {
  const lines = examples.trim().split('\n');
  return `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
};

/** As commander writes it, and whether the command can do without it. */
function describeOption(option: Option): string {
  const notes = [
    ...(option.mandatory && option.defaultValue === undefined ? ['required'] : []),
    ...(option.argChoices === undefined || option.argChoices === null
      ? []
      : [`one of: ${option.argChoices.join(', ')}`]),
    ...(hasDefault(option.defaultValue)
      ? [`default: ${option.defaultValueDescription ?? writtenDefault(option.defaultValue)}`]
      : []),
  ];
  return notes.length === 0 ? option.description : `${option.description} (${notes.join('; ')})`;
}

/** An empty list, and a switch that is not set, are no defaults that a person types. */
const hasDefault = (value: unknown): boolean =>
  value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);

const writtenDefault = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value));
