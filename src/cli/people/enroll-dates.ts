/** Reads from when until when a person is let in. A date without a time is a day of the site, whatever the zone of this process. */
import { TwinstileError } from '../../base/errors.js';
import { dayAfter, instantOf, isDate } from '../../base/local-time.js';
import { type WallTime, wallTime } from '../../base/units.js';

const MOMENT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?$/;

/** Where a date was read, for the message, and the IANA time zone of its days. */
interface DatePlace {
  readonly where: string;
  readonly zone: string;
}

/** "2026-01-31" is the beginning of that day. @throws TwinstileError 'bad-arguments'. */
export const readFrom = (text: string, place: DatePlace): WallTime => read(text, place, (date) => date);

/** "2026-01-31" is the end of that day, so that the last day counts. @throws TwinstileError 'bad-arguments'. */
export const readUntil = (text: string, place: DatePlace): WallTime => read(text, place, dayAfter);

function read(text: string, { where, zone }: DatePlace, dayOf: (date: string) => string): WallTime {
  if (isDate(text)) return instantOf(zone, dayOf(text));
  const [, date = '', hour = '', minute = '', second = '00', offset] = MOMENT.exec(text) ?? [];
  if (isDate(date) && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60) {
    if (offset !== undefined) return wallTime(Date.parse(`${date}T${hour}:${minute}:${second}${offset}`));
    return wallTime(instantOf(zone, date, Number(hour) * 60 + Number(minute)) + Number(second) * 1000);
  }
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a date as 2026-01-31 or 2026-01-31T18:00 for ${where}, got '${text}'.`,
    hint: 'Correct it, then run the same command again.',
  });
}
