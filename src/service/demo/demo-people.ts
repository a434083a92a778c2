/** Computes the demonstration's film and its people: a camera's move over each face, and who is enrolled. Pure. */
import { type Box, centreOf, type Size } from '../../vision/geometry.js';

interface Subject {
  readonly photo: string;
  /** The face, in pixels of the photograph. */
  readonly face: Box;
}

interface FaceObservation {
  readonly photo: string;
  readonly window: Box;
  readonly gain: number;
  readonly offset: number;
  readonly blur: number;
}

export const FILM_SIZE: Size = { width: 960, height: 540 };
export const FILM_FPS = 15;
/** Each person approaches, stays and leaves; then the gate is empty for a short time. */
const APPROACH = 20;
const STAY = 14;
const LEAVE = 6;
const EMPTY = 6;
export const FRAMES_PER_SUBJECT = APPROACH + STAY + LEAVE + EMPTY;

/** Width of the picture in widths of the face: from far to near. */
const FAR = 7.5;
const NEAR = 4.6;

/** Computes how a camera moves over each face of a few photographs. */
export function cameraMove(subjects: readonly Subject[]): readonly FaceObservation[] {
  return subjects.flatMap((subject, index) =>
    Array.from({ length: FRAMES_PER_SUBJECT }, (_, frame) => lookAt(subject, index, frame)),
  );
}

function lookAt({ photo, face }: Subject, index: number, frame: number): FaceObservation {
  const nearness = smooth(Math.min(1, frame / APPROACH));
  const gone = Math.max(0, frame - APPROACH - STAY) / LEAVE;
  const empty = frame >= APPROACH + STAY + LEAVE;
  const side = index % 2 === 0 ? 1 : -1;
  const centre = centreOf(face);
  // Simulates a slight camera shake, so that no two frames are the same.
  const sway = { x: Math.sin(frame * 0.7 + index) * 0.015, y: Math.cos(frame * 0.9) * 0.012 };
  const drift = side * ((1 - nearness) * 0.35 + gone * gone * 1.2);
  const middle = {
    x: centre.x + face.width * (sway.x + drift),
    y: centre.y + face.width * (sway.y + 0.15 + (1 - nearness) * 0.3),
  };
  const width = face.width * (FAR + (NEAR - FAR) * nearness + gone * 1.5);
  // Simulates another light for each person, and slow changes of brightness.
  const light = 0.85 + 0.3 * (((index * 37) % 10) / 10) + 0.05 * Math.sin(frame / 9);
  const softness = 2.2 * (1 - nearness) ** 2 + 3 * gone;
  return {
    photo,
    window: empty ? wall(frame) : windowAround(middle, width),
    gain: light,
    offset: ((index * 13) % 7) - 3 + Math.sin(frame * 1.3),
    blur: empty || softness < 0.3 ? 0 : softness,
  };
}

/** A corner of the photograph, without a face. */
const wall = (frame: number): Box => windowAround({ x: 40 + frame, y: 24 + frame / 2 }, 64);

/** Crop for the enrollment still: closer, brighter and off-centre, so that it shares no pixel with the film. */
export const enrollmentWindow = (face: Box): Box =>
  windowAround(
    { x: centreOf(face).x + face.width * 0.06, y: centreOf(face).y + face.width * 0.05 },
    face.width * 2.8,
    1,
  );

function windowAround(
  centre: { x: number; y: number },
  width: number,
  aspect = FILM_SIZE.height / FILM_SIZE.width,
): Box {
  const height = width * aspect;
  return { x: centre.x - width / 2, y: centre.y - height / 2, width, height };
}

const smooth = (share: number): number => share * share * (3 - 2 * share);

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
 * Groups faces by person. Faces closer than `same` are one person. Every other person is enrolled, beginning with the first.
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
