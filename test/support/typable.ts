/** Whether a line can be typed: its verb and options are those of the command tree. Nothing is run. */
import assert from 'node:assert/strict';
import type { Command } from 'commander';
import { VERBS } from '../../src/verbs.js';

export interface Place {
  readonly words: readonly string[];
  readonly command: Command;
}

/** A command and those below it. */
export const placesOf = (command: Command, above: readonly string[] = []): readonly Place[] => {
  const words = [...above, command.name()];
  return [{ words, command }, ...command.commands.flatMap((inner) => placesOf(inner, words))];
};

/** Every command, with the words that lead to it. */
export async function commandTree(): Promise<readonly Place[]> {
  const verbs = await Promise.all(Object.values(VERBS).map((load) => load()));
  return verbs.flatMap((verb) => placesOf(verb));
}

/** Reads words as a shell does, as far as the examples go. */
const wordsOf = (line: string): readonly string[] =>
  (line.replace(/ [>|]>? .*$/, '').match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''));

/** @throws AssertionError for a verb, an option or arguments that the program does not have. */
export function expectTypable(places: readonly Place[], line: string): void {
  const typed = wordsOf(line);
  const place = places
    .filter(({ words }) => words.every((word, n) => typed[n] === word))
    .reduce<Place | undefined>(
      (deepest, one) => (one.words.length > (deepest?.words.length ?? 0) ? one : deepest),
      undefined,
    );
  assert.ok(place !== undefined, `"${line}" is of no command`);
  if (typed.includes('--help')) return;
  const { command, words } = place;
  assert.equal(command.commands.length, 0, `"${line}" stops before its verb`);
  const known = [
    ...command.options,
    ...(command.parent?.options ?? []),
    ...(command.parent?.parent?.options ?? []),
  ];
  const given = typed.slice(words.length);
  const flags = given.filter((word) => word.startsWith('-'));
  for (const flag of flags)
    assert.ok(
      known.some(({ long, short }) => long === flag || short === flag),
      `"${line}" has the unknown option ${flag}`,
    );
  for (const option of command.options.filter(
    ({ mandatory, defaultValue }) => mandatory && defaultValue === undefined,
  ))
    assert.ok(
      flags.some((flag) => flag === option.long || flag === option.short),
      `"${line}" lacks ${option.long}`,
    );
  const least = command.registeredArguments.filter(({ required }) => required).length;
  assert.ok(
    given.findIndex((word) => word.startsWith('-')) >= least || given.length >= least,
    `"${line}" lacks an argument`,
  );
}
