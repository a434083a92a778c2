/** Asks before something is done that takes a right away, or that cannot be undone. */

import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { TwinstileError } from '../base/errors.js';
import { exitCodeOf } from '../base/exit-code.js';

export interface Consequences {
  /** For scripts: without a question. */
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

interface Confirmation {
  readonly print: (line: string) => void;
  readonly setExitCode: (code: number) => void;
  /** Asks at a terminal; absent where there is none. */
  readonly ask?: (question: string) => Promise<string>;
}

export const withConfirmation = (command: Command): Command =>
  command
    .option('--yes', 'do it without asking; for scripts')
    .option('--dry-run', 'only say what would be done');

/**
 * Called after the consequences were shown.
 * @param wayBack sentence that names the command which undoes it; absent: it cannot be undone.
 * @returns whether to go on. @throws TwinstileError 'bad-arguments' without a terminal and without --yes.
 */
export async function isConfirmed(
  { print, setExitCode, ask }: Confirmation,
  question: string,
  { yes, dryRun }: Consequences,
  wayBack?: string,
): Promise<boolean> {
  if (dryRun === true) {
    print('Nothing was changed: --dry-run.');
    return false;
  }
  if (yes === true) return true;
  if (ask === undefined)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected --yes, or a terminal to ask at, got neither${wayBack === undefined ? ': this cannot be undone' : ''}.`,
      hint: 'Look at what would be done with --dry-run, then repeat the command with --yes. Nothing was changed.',
    });
  const answer = (await ask(`${question} ${wayBack ?? 'This cannot be undone.'} Type yes to go on: `))
    .trim()
    .toLowerCase();
  if (answer === 'yes' || answer === 'y') return true;
  print('Nothing was changed.');
  setExitCode(exitCodeOf('refused'));
  return false;
}

/** @returns nothing where no terminal is on both ends. */
export function terminalToAsk(): ((question: string) => Promise<string>) | undefined {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return undefined;
  return async (question) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await terminal.question(question);
    } finally {
      terminal.close();
    }
  };
}
