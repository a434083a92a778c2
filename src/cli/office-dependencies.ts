/** What the commands of the office (people, badges, journal, keys, enrollment) need from outside. */
import { once } from 'node:events';
import { InvalidArgumentError, Option } from 'commander';
import type { Clock } from '../base/clock.js';
import { printable } from '../base/names.js';
import { systemClock } from '../platform/system-clock.js';
import { terminalToAsk } from './confirm.js';

export interface OfficeDependencies {
  /** Prints one line to stdout. */
  readonly print: (line: string) => void;
  /** Writes much text; resolves when the buffer can take more. */
  readonly write: (text: string) => Promise<void>;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly setExitCode: (code: number) => void;
  /** Asks at a terminal; absent where there is none. */
  readonly ask?: (question: string) => Promise<string>;
}

export function officeDependencies(): OfficeDependencies {
  const ask = terminalToAsk();
  return ask === undefined ? office() : { ...office(), ask };
}

const office = (): OfficeDependencies => ({
  print: (line) => {
    process.stdout.write(`${printable(line)}\n`);
  },
  write: async (text) => {
    if (!process.stdout.write(printable(text))) await once(process.stdout, 'drain');
  },
  env: process.env,
  clock: systemClock,
  setExitCode: (code) => {
    process.exitCode = code;
  },
});

export interface ConfigOption {
  readonly config: string;
}

export const DEFAULT_CONFIG = '/etc/twinstile/twinstile.yaml';

export const configOption = (): Option =>
  new Option('-c, --config <file>', 'the configuration').default(DEFAULT_CONFIG);

/** "2026-11-24 22:47:39", local time. @param at ms since 1970. */
export function formatTime(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

/** For numbers that count something. */
export const integerFrom =
  (min: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= min) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} on.`);
  };
