/** Removes copies of a shot from evaluation: comparing a shot with its own copy measures nothing. */
import type { SidedPhoto } from '../../../biometrics/statistics/training-sets.js';

/**
 * Leaves no shot on both sides: of the shots that a person has on both, every other one stays a template and the rest
 * stay live faces, the first as a template. A person with a single shot keeps its live face.
 */
export function withShotsApart(photos: readonly SidedPhoto[]): readonly SidedPhoto[] {
  const byPerson = new Map<string, Map<string, Set<SidedPhoto['side']>>>();
  for (const { person, shot, side } of photos) {
    if (shot === undefined) continue;
    const shots = byPerson.get(person) ?? new Map<string, Set<SidedPhoto['side']>>();
    byPerson.set(person, shots.set(shot, (shots.get(shot) ?? new Set()).add(side)));
  }
  const sideOf = new Map<string, SidedPhoto['side']>();
  for (const [person, shots] of byPerson) {
    const shared = [...shots].filter(([, sides]) => sides.size === 2).map(([shot]) => shot);
    const alone = shared.length === 1 && shots.size === 1;
    shared.forEach((shot, i) => {
      sideOf.set(nameOf(person, shot), alone || i % 2 === 1 ? 'live' : 'template');
    });
  }
  return photos.filter(
    ({ person, shot, side }) => shot === undefined || (sideOf.get(nameOf(person, shot)) ?? side) === side,
  );
}

const nameOf = (person: string, shot: string): string => JSON.stringify([person, shot]);
