/** Reads the end of an account, which directories write in four formats; a date means the end of that day. */

import { dayAfter, instantOf, isDate } from '../../base/local-instants.js';
import { type WallTime, wallTime } from '../../base/units.js';

/** 'never' is a valid end; undefined is a text that is not a time. */
type AccountTime = WallTime | 'never' | undefined;

export interface DayRule {
  /** Whether a date without a time counts to its end. */
  readonly end: boolean;
  /** IANA time zone of the dates. */
  readonly zone: string;
}

/** Active Directory counts steps of 100 ns from 1601, and has two values for never. */
const FILETIME_EPOCH_MS = 11_644_473_600_000;
const FILETIME_NEVER = '9223372036854775807';
const DAY_MS = 86_400_000;
const GENERALIZED = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})?(\d{2})?(?:[.,]\d+)?(Z|[+-]\d{2}(?:\d{2})?)$/;
const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * @param attribute in lower case: `accountexpires` is a file time, `shadowexpire` a number of days from 1970 on, `sambakickofftime` of seconds; anything else is
 * ISO 8601 or GeneralizedTime (RFC 4517).
 */
export function readAccountTime(attribute: string, text: string, { end, zone }: DayRule): AccountTime {
  if (attribute === 'accountexpires' && /^\d{1,19}$/.test(text)) {
    if (text === '0' || text === FILETIME_NEVER) return 'never';
    return plausible(Number(BigInt(text) / 10_000n) - FILETIME_EPOCH_MS);
  }
  if (attribute === 'shadowexpire' && /^-?\d{1,7}$/.test(text))
    return Number(text) < 0
      ? 'never'
      : startOf(new Date(Number(text) * DAY_MS).toISOString().slice(0, 10), zone);
  if (attribute === 'sambakickofftime' && /^-?\d{1,12}$/.test(text)) return plausible(Number(text) * 1000);
  if (isDate(text)) return startOf(end ? dayAfter(text) : text, zone);
  if (ISO_INSTANT.test(text)) return plausible(Date.parse(text));
  return fromGeneralized(text);
}

const startOf = (date: string, zone: string): AccountTime =>
  isDate(date) ? plausible(instantOf(zone, date)) : 'never';

function fromGeneralized(text: string): AccountTime {
  const found = GENERALIZED.exec(text);
  if (found === null) return undefined;
  const [, year, month, day, hour, minute = '00', second = '00', zone = 'Z'] = found;
  const offset = zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3) || '00'}`;
  return plausible(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`));
}

/** A time beyond the year 9999 means never. */
function plausible(at: number): AccountTime {
  if (!Number.isFinite(at)) return undefined;
  return at > Date.UTC(9999, 0) ? 'never' : wallTime(at);
}
