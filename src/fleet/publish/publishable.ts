/** Which people can be published? Asked of the very bytes that boxes would read, so that no registrar signs what they refuse. */
import { explain } from '../../base/errors.js';
import type { PersonId } from '../../base/ids.js';
import { problemsOfRecord } from '../../records/people/record-rules.js';
import type { PublishedPerson } from '../segments/published-person.js';
import { encodeSegment, readSegment } from '../segments/segment.js';
import { problemOfPerson } from '../segments/segment-validation.js';

export interface Unpublishable {
  readonly person: PersonId;
  /** "Expected X, got Y". */
  readonly why: string;
}

export interface DamagedTemplates {
  readonly person: PersonId;
  /** How many, 1 or more. */
  readonly templates: number;
}

interface Publishable {
  readonly people: readonly PublishedPerson[];
  readonly refused: readonly Unpublishable[];
}

export function publishableAmong(people: readonly PublishedPerson[]): Publishable {
  const good: PublishedPerson[] = [];
  const refused: Unpublishable[] = [];
  for (const one of people) {
    const why = problemOf(one);
    if (why === undefined) good.push(one);
    else refused.push({ person: one.person.id, why });
  }
  return { people: good, refused };
}

export const damagedAmong = (people: readonly PublishedPerson[]): readonly DamagedTemplates[] =>
  people.flatMap(({ person, damaged = 0 }) =>
    damaged > 0 ? [{ person: person.id, templates: damaged }] : [],
  );

function problemOf(one: PublishedPerson): string | undefined {
  const why = refusalOf(one);
  if (why === undefined) return undefined;
  const { person, badges, templates } = one;
  return problemsOfRecord({ person, badges, templates: templates.length })[0]?.text ?? why;
}

function refusalOf(one: PublishedPerson): string | undefined {
  try {
    const { people, refused } = readSegment(encodeSegment([one]));
    const [person] = people;
    return person === undefined ? refused[0]?.why : problemOfPerson(person);
  } catch (error) {
    return explain(error);
  }
}
