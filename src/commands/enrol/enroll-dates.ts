/** From when until when is somebody let in? A bare date is a day of the place where the box stands. */
import { TwinstileError } from '../../base/errors.js';
import { type WallTime, wallTime } from '../../base/units.js';

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?$/;

/** "2026-01-31" is the beginning of that day. @param where for the message. @throws TwinstileError 'bad-arguments'. */
export const readFrom = (text: string, where: string): WallTime => read(text, where, 0);

/** "2026-01-31" is the end of that day, so that the last day counts. @throws TwinstileError 'bad-arguments'. */
export const readUntil = (text: string, where: string): WallTime => read(text, where, 1);

function read(text: string, where: string, daysLater: number): WallTime {
  const [, year, month, day] = DAY.exec(text) ?? [];
  if (year !== undefined) {
    const date = new Date(Number(year), Number(month) - 1, Number(day));
    // 2026-02-31 would quietly become a day in March.
    if (date.getMonth() === Number(month) - 1 && date.getDate() === Number(day))
      return wallTime(new Date(Number(year), Number(month) - 1, Number(day) + daysLater).getTime());
  } else if (MOMENT.test(text)) {
    const at = Date.parse(text.replace(' ', 'T'));
    if (Number.isFinite(at)) return wallTime(at);
  }
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a date as 2026-01-31 or 2026-01-31T18:00 for ${where}, got '${text}'.`,
    hint: 'Correct it, then run the same command again.',
  });
}
