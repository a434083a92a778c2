/** Reads from when until when a person is let in. A date without a time is a day of the site, whatever the zone of this process. */
import { TwinstileError } from '../../base/errors.js';
import { readDate } from '../../base/local-moment.js';
import { dayAfter, instantOf } from '../../base/local-time.js';
import { type WallTime, wallTime } from '../../base/units.js';

const MOMENT = /^(\S+?)(?:[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?\s*(Z|[+-]\d{2}:\d{2})?)?$/;

/** Whether a date is the beginning or the end of its day. */
type DayEdge = 'begin' | 'end';

/**
 * Reads 2026-01-31 or 31.01.2026, alone or with a time such as 18:00, which may have an offset.
 * @param zone IANA time zone of its day. @returns undefined for what is none of it.
 */
export function readValidity(text: string, edge: DayEdge, zone: string): WallTime | undefined {
  const [, day = '', hour, minute = '', second = '00', offset] = MOMENT.exec(text.trim()) ?? [];
  const date = readDate(day);
  if (date === undefined) return undefined;
  if (hour === undefined) return instantOf(zone, edge === 'begin' ? date : dayAfter(date));
  if (!(Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60)) return undefined;
  if (offset !== undefined)
    return wallTime(Date.parse(`${date}T${hour.padStart(2, '0')}:${minute}:${second}${offset}`));
  return wallTime(instantOf(zone, date, Number(hour) * 60 + Number(minute)) + Number(second) * 1000);
}

/** "Expected …" of a message about what `readValidity` does not read. */
export const VALIDITY_FORMS = 'a date as 2026-01-31 or 31.01.2026, or with a time as 2026-01-31T18:00';

/** Of a date that the calendar has and that can be read in two ways, or in none: what to write. */
export const dateHint = (text: string): string | undefined =>
  /^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b/.test(text)
    ? 'Write dates with the year first and in four digits, as 2026-01-31: 01/02/2026 is a day of January for some and of February for others.'
    : undefined;

/** @param option that it was given with. @throws TwinstileError 'bad-arguments'. */
export function expectValidity(text: string, edge: DayEdge, zone: string, option: string): WallTime {
  const at = readValidity(text, edge, zone);
  if (at !== undefined) return at;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${VALIDITY_FORMS} for ${option}, got '${text}'.`,
    hint: dateHint(text) ?? 'Correct it, then run the same command again.',
  });
}
