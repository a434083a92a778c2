/** Codes are API: scripts and dashboards match on them, so they are never renamed. */
export type ErrorCode =
  | 'bad-arguments'
  | 'config-invalid'
  | 'file-refused'
  | 'pack-unknown'
  | 'pack-missing'
  | 'pack-refused'
  | 'pack-uncalibrated'
  | 'head-refused'
  | 'calibration-refused'
  | 'reranker-refused'
  | 'learning-refused'
  | 'download-failed'
  | 'camera-unusable'
  | 'picture-unreadable'
  | 'model-failed'
  | 'vision-failed'
  | 'vision-protocol'
  | 'socket-protocol'
  | 'socket-unreachable'
  | 'gallery-unusable'
  | 'database-missing'
  | 'gallery-locked'
  | 'gallery-changed'
  | 'database-busy'
  | 'key-unusable'
  | 'journal-broken'
  | 'person-unknown'
  | 'enrolment-refused'
  | 'broker-unreachable'
  | 'gate-unusable'
  | 'setup-incomplete'
  | 'fleet-refused'
  | 'fleet-expired'
  | 'fleet-unreachable'
  | 'stopped'
  | 'internal';

interface Details {
  readonly code: ErrorCode;
  /** "Expected X, got Y." */
  readonly message: string;
  /** An order to the operator: what to do now. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** Something is broken or was asked wrongly. Expected outcomes ("unknown face") are values, not errors. */
export class TwinstileError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor({ code, message, hint, cause }: Details) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TwinstileError';
    this.code = code;
    this.hint = hint;
  }
}

/** One line for a terminal or a log: message, then hint. */
export function explain(error: unknown): string {
  if (error instanceof TwinstileError)
    return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
  return error instanceof Error ? error.message : String(error);
}
