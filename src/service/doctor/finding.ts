/** Defines the findings of an examination. */

import type { Clock } from '../../base/clock.js';
import { TwinstileError } from '../../base/errors.js';
import type { Config } from '../config/config-schema.js';

type Verdict = 'good' | 'warning' | 'wrong';

export interface Finding {
  /** What was examined, such as "clock" or "camera north". */
  readonly about: string;
  readonly verdict: Verdict;
  readonly detail: string;
  /** What to do now, in the imperative. Only for findings that are not good. */
  readonly todo?: string;
}

/** The box under examination. */
export interface Patient {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly packFolder: string;
}

/** May throw: the error becomes a finding. */
export interface Check {
  readonly about: string;
  readonly look: (patient: Patient) => Promise<readonly Finding[]>;
}

export const good = (about: string, detail: string): Finding => ({ about, verdict: 'good', detail });
export const warning = (about: string, detail: string, todo: string): Finding => ({
  about,
  verdict: 'warning',
  detail,
  todo,
});
export const wrong = (about: string, detail: string, todo: string): Finding => ({
  about,
  verdict: 'wrong',
  detail,
  todo,
});

/** Converts an error into a finding. */
export function failed(about: string, error: unknown): Finding {
  const detail = error instanceof Error ? error.message : String(error);
  const hint = error instanceof TwinstileError ? error.hint : undefined;
  return wrong(about, detail, hint?.trim() ?? 'Look into the log: journalctl -u twinstile.');
}
