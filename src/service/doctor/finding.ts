/** What an examination can find. */

import type { Clock } from '../../base/clock.js';
import { TwinstileError } from '../../base/errors.js';
import type { Config } from '../config/config-schema.js';

type Verdict = 'good' | 'warning' | 'wrong';

export interface Finding {
  /** What was looked at, such as "clock" or "camera north". */
  readonly about: string;
  readonly verdict: Verdict;
  readonly detail: string;
  /** An order: what to do now. Only where something is not good. */
  readonly todo?: string;
}

/** The box that is examined. */
export interface Patient {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly packFolder: string;
}

/** May throw: that is a finding too. */
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

/** A failure, as a finding. */
export function failed(about: string, error: unknown): Finding {
  const detail = error instanceof Error ? error.message : String(error);
  const hint = error instanceof TwinstileError ? error.hint : undefined;
  return wrong(about, detail, hint?.trim() ?? 'Look into the log: journalctl -u twinstile.');
}
