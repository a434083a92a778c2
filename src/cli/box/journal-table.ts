/** Forms in which the journal is written: lines for a terminal, CSV, a page. */
import { csvLine } from '../../base/csv-line.js';
import { dayAfter, instantOf, weekdayOf } from '../../base/local-time.js';
import { escapeForbidden } from '../../base/names.js';
import { type ZonedTime, zonedTimes } from '../../base/zoned-time.js';
import { escaped } from '../../lab/report/html-report.js';
import type { Happening } from '../../records/journal/happening.js';
import { type Directions, type HappeningWords, lineOfWords, wordsOf } from './journal-words.js';

/** Turns happenings into text, page by page. */
export interface HappeningWriter {
  /** Before the first; for a page its head. */
  readonly begin: string;
  readonly page: (happenings: readonly Happening[]) => string;
  readonly end: string;
}

interface WriterNeeds {
  /** IANA time zone in which times are written. */
  readonly zone: string;
  readonly directions: Directions;
  /** Of a page: what was asked for. */
  readonly title: string;
}

const DAYS = { mon: 'Mon', tue: 'Tues', wed: 'Wednes', thu: 'Thurs', fri: 'Fri', sat: 'Satur', sun: 'Sun' };
const dayHeading = (date: string, zone: string): string => `${date}, ${DAYS[weekdayOf(date)]}day (${zone})`;

/** A heading for each day, then a line for each row; on a day of two offsets each time names its own. */
export function lineWriter({ zone, directions }: WriterNeeds): HappeningWriter {
  const format = zonedTimes(zone);
  let day: { readonly date: string; readonly hasTwoOffsets: boolean } | undefined;
  const lineFor = (happening: Happening): string => {
    const at = format(happening.row.at);
    const heading = at.date === day?.date ? '' : `${dayHeading(at.date, zone)}\n`;
    if (heading !== '') day = { date: at.date, hasTwoOffsets: hasTwoOffsets(at, zone, format) };
    const time = day?.hasTwoOffsets === true ? `${at.time} ${at.offset}` : at.time;
    return `${heading}${time} ${lineOfWords(wordsOf(happening, directions))}  #${happening.row.seq}\n`;
  };
  return { begin: '', page: (happenings) => happenings.map(lineFor).join(''), end: '' };
}

function hasTwoOffsets({ date }: ZonedTime, zone: string, format: ReturnType<typeof zonedTimes>): boolean {
  const [first, last] = [instantOf(zone, date), instantOf(zone, dayAfter(date))];
  return format(first).offset !== format(last).offset;
}

const COLUMNS = [
  'row',
  'time',
  'kind',
  'what',
  'person',
  'name',
  'badge',
  'lane',
  'how',
  'result',
  'explanation',
];

/** One line for each row, under a line of names; times with their offset. */
export function csvWriter({ zone, directions }: WriterNeeds): HappeningWriter {
  const format = zonedTimes(zone);
  const lineFor = ({ row, ...rest }: Happening): string => {
    const { what, lane, how, result, explanation } = wordsOf({ row, ...rest }, directions);
    const { date, time, offset } = format(row.at);
    const [person, badge] = [row.body.person, row.body.badge].map((value) => String(value ?? ''));
    return csvLine([
      String(row.seq),
      `${date}T${time}${offset}`,
      row.kind,
      what,
      person ?? '',
      rest.name ?? '',
      badge ?? '',
      lane,
      how,
      result,
      explanation,
    ]);
  };
  return {
    begin: csvLine(COLUMNS),
    page: (happenings) => happenings.map(lineFor).join(''),
    end: '',
  };
}

const STYLE = `body{font:14px/1.4 system-ui,sans-serif;margin:2em}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.25em .6em;border-bottom:1px solid #ccc;overflow-wrap:anywhere}
thead{display:table-header-group}tr{break-inside:avoid}td:nth-child(-n+2){white-space:nowrap}
@media print{body{margin:0;font-size:10px}}`;

/** One page without scripts and without anything from elsewhere; it prints with its head on each sheet. */
export function htmlWriter({ zone, directions, title }: WriterNeeds): HappeningWriter {
  const format = zonedTimes(zone);
  const rowFor = (happening: Happening): string => {
    const { date, time, offset } = format(happening.row.at);
    const { what, who, lane, how, result, explanation }: HappeningWords = wordsOf(happening, directions);
    const cells = [`${date} ${time}`, what, who, lane, how, result].map((cell) => `<td>${inPage(cell)}</td>`);
    const why = explanation === '' ? '' : ` title="${inPage(explanation)}"`;
    return `<tr${why}><td title="${inPage(offset)}">${happening.row.seq}</td>${cells.join('')}</tr>\n`;
  };
  const heads = ['Row', `Time (${zone})`, 'What', 'Who', 'Lane', 'How', 'Result'];
  return {
    begin: `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${inPage(title)}</title>
<style>${STYLE}</style></head><body><h1>${inPage(title)}</h1><table><thead><tr>${heads.map((head) => `<th>${inPage(head)}</th>`).join('')}</tr></thead><tbody>\n`,
    page: (happenings) => happenings.map(rowFor).join(''),
    end: '</tbody></table></body></html>\n',
  };
}

const inPage = (text: string): string => escaped(escapeForbidden(text));
