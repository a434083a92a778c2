/** Groups the faces of the demonstration's photographs by person, and chooses who is enrolled. Pure. */
import type { Box } from '../../vision/geometry.js';
import type { Subject } from './camera-move.js';

export interface FoundFace {
  readonly photo: string;
  readonly face: Box;
  readonly embedding: Float32Array;
}

export interface DemoPerson {
  readonly id: string;
  readonly enrolled: boolean;
  /** One face or more: the same person may be in several photographs. */
  readonly subjects: readonly Subject[];
}

/** Invented names in alphabetical order. */
const NAMES =
  'ada bea cleo dora edda fay gina hana ines june kira lena mona nora olga pia ruth sara tess uma vera'.split(
    ' ',
  );

/**
 * Faces closer than `same` are one person. Every other person is enrolled, beginning with the first.
 * @param faces in the order in which they are shown.
 */
export function peopleIn(
  faces: readonly FoundFace[],
  distance: (a: Float32Array, b: Float32Array) => number,
  same: number,
): readonly DemoPerson[] {
  const groups: FoundFace[][] = [];
  for (const face of faces) {
    const known = groups.find((group) =>
      group.some((each) => distance(each.embedding, face.embedding) <= same),
    );
    if (known === undefined) groups.push([face]);
    else known.push(face);
  }
  return groups.map((group, index) => ({
    id: NAMES[index] ?? `person-${index + 1}`,
    enrolled: index % 2 === 0,
    subjects: group.map(({ photo, face }) => ({ photo, face })),
  }));
}

/** Lists each person once per photograph, enrolled and not enrolled people in turn. */
export function runningOrder(
  people: readonly DemoPerson[],
): readonly (Subject & { readonly person: string })[] {
  const shown = (enrolled: boolean) =>
    people
      .filter((person) => person.enrolled === enrolled)
      .flatMap(({ id, subjects }) => subjects.map((subject) => ({ ...subject, person: id })));
  const known = shown(true);
  const impostors = shown(false);
  return Array.from({ length: Math.max(known.length, impostors.length) }, (_, index) =>
    [known[index], impostors[index]].filter((each) => each !== undefined),
  ).flat();
}
