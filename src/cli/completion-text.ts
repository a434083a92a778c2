/** Writes shell completions and the manual page from the tree of commands, so that they cannot differ from what the program takes. */
import type { Command, Option } from 'commander';
import { VERB_EXAMPLES } from './verb-examples.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Word {
  readonly word: string;
  readonly about: string;
}

/** One command of the tree, with what may follow it. */
interface Place {
  /** Without the program's own name; empty for the program itself. */
  readonly path: readonly string[];
  readonly words: readonly Word[];
}

/** Every command with its subcommands, options and the values that an option or an argument is limited to. */
function placesIn(command: Command, path: readonly string[] = []): readonly Place[] {
  const inner = command.commands.filter((one) => one.name() !== 'help');
  const words: Word[] = [
    ...inner.map((one) => ({ word: one.name(), about: firstSentence(one.description()) })),
    ...command.registeredArguments.flatMap(({ argChoices, description }) =>
      (argChoices ?? []).map((word) => ({ word, about: firstSentence(description) })),
    ),
    ...visibleOptions(command).flatMap(({ long, description }) =>
      long === undefined || long === null ? [] : [{ word: long, about: firstSentence(description) }],
    ),
    { word: '--help', about: 'show what is possible' },
  ];
  return [{ path, words }, ...inner.flatMap((one) => placesIn(one, [...path, one.name()]))];
}

const visibleOptions = (command: Command): readonly Option[] =>
  command.options.filter(({ hidden }) => !hidden);

const firstSentence = (text: string): string => (text.split(/(?<=\.)\s|\n/)[0] ?? '').replace(/\.$/, '');

/** @returns the whole text of the completion, to be put where the shell looks for it. */
export function completionOf(program: Command, shell: Shell): string {
  const places = placesIn(program);
  if (shell === 'bash') return bash(places);
  return shell === 'zsh' ? zsh(places) : fish(places);
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The commands typed so far, without options and what is not a command. Values of options are files where nothing is known of them. */
function bash(places: readonly Place[]): string {
  const cases = places.map(
    ({ path, words }) =>
      `    ${quoted(path.join(' '))}) words=${quoted(words.map(({ word }) => word).join(' '))} ;;`,
  );
  const known = places.filter(({ path }) => path.length > 0).map(({ path }) => path.join(' '));
  return `# bash completion of twinstile; written by: twinstile completion bash
_twinstile() {
  local current=\${COMP_WORDS[COMP_CWORD]} path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
${known.map((path) => `      ${quoted(path)}) path=${quoted(path)} ;;`).join('\n')}
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ $current != -* ]]; then mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current"); fi
}
complete -o filenames -F _twinstile twinstile
`;
}

function zsh(places: readonly Place[]): string {
  const spec = ({ word, about }: Word): string =>
    quoted(`${word.replaceAll(':', '\\:')}:${about.replaceAll(':', '\\:')}`);
  const cases = places.map(
    ({ path, words }) => `    ${quoted(path.join(' '))}) choices=(${words.map(spec).join(' ')}) ;;`,
  );
  const known = places.filter(({ path }) => path.length > 0).map(({ path }) => path.join(' '));
  return `#compdef twinstile
# zsh completion of twinstile; written by: twinstile completion zsh
_twinstile() {
  local path='' word
  local -a choices
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${path:+$path }$word" in
${known.map((path) => `      ${quoted(path)}) path=${quoted(path)} ;;`).join('\n')}
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  _describe 'twinstile' choices || _files
}
_twinstile "$@"
`;
}

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, words }) => {
    const inner = places.filter(
      (one) => one.path.length === path.length + 1 && one.path.slice(0, -1).join(' ') === path.join(' '),
    );
    const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
    const notYet =
      inner.length === 0
        ? []
        : [`not __fish_seen_subcommand_from ${inner.map((one) => one.path.at(-1)).join(' ')}`];
    const when = [...seen, ...notYet].join('; and ');
    return words.map(({ word, about }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c twinstile -n ${quoted(when === '' ? 'true' : when)} ${what} -d ${quoted(about)}`;
    });
  });
  return `# fish completion of twinstile; written by: twinstile completion fish\n${lines.join('\n')}\n`;
}

/** The manual page, in man(7). @param date "2026-11-30". */
export function manualOf(program: Command, version: string, date: string): string {
  const lines = [
    `.TH TWINSTILE 1 "${date}" "twinstile ${version}" "User Commands"`,
    '.SH NAME',
    'twinstile \\- face turnstile controller',
    '.SH SYNOPSIS',
    '.B twinstile',
    '.I VERB',
    '[\\fIOPTION\\fR]...',
    '.SH DESCRIPTION',
    roff(program.description()),
    '.SH VERBS',
    ...verbsOf(program, []),
    '.SH FILES',
    '.TP',
    '.I /etc/twinstile/twinstile.yaml',
    'The configuration of a box.',
    '.TP',
    '.I /var/lib/twinstile',
    'Gallery, journal and what else a box keeps.',
    '.SH EXIT STATUS',
    '0 where it was done; 1 where it was not, with a sentence that says what to do.',
  ];
  return `${lines.join('\n')}\n`;
}

function verbsOf(command: Command, path: readonly string[]): readonly string[] {
  return command.commands
    .filter((one) => one.name() !== 'help')
    .flatMap((one) => {
      const own = [...path, one.name()];
      const options = visibleOptions(one);
      return [
        `.SS ${own.join(' ')}${one.usage() === '' ? '' : ` ${roff(one.usage())}`}`,
        roff(one.description()),
        ...options.flatMap(({ flags, description }) => ['.TP', `.B ${roff(flags)}`, roff(description)]),
        ...examplesOf(own.join(' ')),
        ...verbsOf(one, own),
      ];
    });
}

/** As they are typed: nothing is filled or joined. */
function examplesOf(words: string): readonly string[] {
  const examples = VERB_EXAMPLES[words];
  return examples === undefined ? [] : ['.PP', '.nf', roff(examples.trim()), '.fi'];
}

/** A dot or a quote at the beginning of a line is a request, a hyphen is typed as one. */
const roff = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .split('\n')
    .map((line) => (/^[.']/.test(line) ? `\\&${line}` : line))
    .join('\n');
