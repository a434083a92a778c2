/** Maps what a command came to into its exit code: one table for every verb, written out in docs/OPERATIONS.md. */
import { type ErrorCode, TwinstileError } from './errors.js';

/**
 * The classes a script can distinguish. 'usage': the words or the configuration; 'refused': the program or a person refused;
 * 'not-well': what was examined has a fault; 'unusable': a file, key, pack or record that is missing or cannot be used; 'unreachable': another program,
 * machine or device, so that a second attempt may succeed; 'stopped': by a signal; 'broken': anything else.
 */
export type Outcome =
  | 'done'
  | 'broken'
  | 'usage'
  | 'refused'
  | 'not-well'
  | 'unusable'
  | 'unreachable'
  | 'stopped';

const CODES: Readonly<Record<Outcome, number>> = {
  done: 0,
  broken: 1,
  usage: 2,
  refused: 3,
  'not-well': 4,
  unusable: 5,
  unreachable: 6,
  stopped: 130,
};

const BY_ERROR: Readonly<Record<ErrorCode, Outcome>> = {
  'bad-arguments': 'usage',
  'config-invalid': 'usage',
  'pack-unknown': 'usage',
  'pack-refused': 'refused',
  'pack-uncalibrated': 'refused',
  'head-refused': 'refused',
  'calibration-refused': 'refused',
  'reranker-refused': 'refused',
  'learning-refused': 'refused',
  'enrolment-refused': 'refused',
  'picture-unreadable': 'refused',
  'gallery-changed': 'refused',
  'fleet-refused': 'refused',
  'journal-broken': 'not-well',
  'fleet-expired': 'not-well',
  'gallery-unusable': 'unusable',
  'file-refused': 'unusable',
  'pack-missing': 'unusable',
  'database-missing': 'unusable',
  'key-unusable': 'unusable',
  'person-unknown': 'unusable',
  'setup-incomplete': 'unusable',
  'download-failed': 'unreachable',
  'camera-unusable': 'unreachable',
  'socket-unreachable': 'unreachable',
  'gallery-locked': 'unusable',
  'database-busy': 'unreachable',
  'broker-unreachable': 'unreachable',
  'gate-unusable': 'unreachable',
  'fleet-unreachable': 'unreachable',
  'model-failed': 'broken',
  'vision-failed': 'broken',
  'vision-protocol': 'broken',
  'socket-protocol': 'broken',
  internal: 'broken',
  stopped: 'stopped',
};

/** @param came a class, or the error that ended the command; what is no TwinstileError is 'broken'. */
export function exitCodeOf(came: Outcome | Error): number {
  if (typeof came === 'string') return CODES[came];
  return CODES[came instanceof TwinstileError ? BY_ERROR[came.code] : 'broken'];
}
