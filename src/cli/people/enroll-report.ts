/** Formats what became of the photographs. */

import { escapeForbidden } from '../../base/names.js';
import { countPeople, plural } from '../../base/plural.js';
import type { EnrollmentReport } from '../../records/enrollment/enrollment-report.js';
import type { PassedOver } from '../../records/enrollment/photo-folder.js';

/** More would push what matters off the screen; the report file has all. */
const MAX_LINES = 20;

/** @param seconds that the import took. @param without introduces the people without a good photo. */
export function closingLines(
  report: EnrollmentReport,
  seconds: number,
  without = 'Not enrolled, for want of a good photo',
): readonly string[] {
  const { photos, accepted, known, refusals, people, withoutConsent, leftOut, withoutFace, stopped, taken } =
    report;
  const rate = (photos / Math.max(seconds, 0.001)).toFixed(1);
  return [
    ...(stopped ? ['Stopped. What was accepted is stored; the same command goes on from here.'] : []),
    `${plural(photos, 'photo')} of ${countPeople(people)} in ${seconds.toFixed(1)} s (${rate} a second): ${accepted} accepted, ${known} known before, ${refusals.length} refused.`,
    ...refusals
      .slice(0, MAX_LINES)
      .map(
        ({ file, person, sentence }) =>
          `  refused ${escapeForbidden(file)} (${escapeForbidden(person)}): ${escapeForbidden(sentence)}`,
      ),
    ...rest(refusals.length, 'refused; --report FILE.json has them all'),
    ...(photos > MAX_LINES ? [] : taken.map(({ file, person, outcome }) => takenLine(file, person, outcome))),
    ...(leftOut.length === 0 ? [] : [`${without}: ${some(leftOut)}.`]),
    ...(withoutFace.length === 0
      ? []
      : [`Stored with badge and groups, without a face: ${some(withoutFace)}.`]),
    ...(withoutConsent.length === 0
      ? []
      : [
          `NO CONSENT: ${withoutConsent.length} of them ${withoutConsent.length === 1 ? 'is' : 'are'} stored but will NOT match: ${some(withoutConsent)}.`,
          '  Once they agreed, run the same command with --consent-text VERSION, or: twinstile people consent ID --text VERSION',
        ]),
  ];
}

/** Of a folder of people: what was not even looked at. */
export const passedOverLines = (passedOver: readonly PassedOver[]): readonly string[] => [
  ...passedOver
    .slice(0, MAX_LINES)
    .map(
      ({ name, isWhole, why }) =>
        `  ${isWhole ? 'passed over' : 'not all of'} ${escapeForbidden(name)}: ${escapeForbidden(why)}`,
    ),
  ...rest(passedOver.length, 'passed over; --report FILE.json has them all'),
  ...(passedOver.length === 0
    ? []
    : [`${plural(countOf(passedOver), 'file or folder', 'files or folders')} passed over.`]),
];

const countOf = (passedOver: readonly PassedOver[]): number =>
  passedOver.reduce((sum, { files = [] }) => sum + Math.max(1, files.length), 0);

const takenLine = (file: string, person: string, outcome: string): string =>
  `  ${outcome} ${escapeForbidden(file)} (${escapeForbidden(person)})`;

const rest = (all: number, what: string): readonly string[] =>
  all > MAX_LINES ? [`  and ${all - MAX_LINES} more ${what}`] : [];

const some = (ids: readonly string[]): string =>
  ids.length <= MAX_LINES
    ? ids.join(', ')
    : `${ids.slice(0, MAX_LINES).join(', ')} and ${ids.length - MAX_LINES} more`;
