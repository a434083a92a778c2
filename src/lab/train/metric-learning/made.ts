/** What learning makes: the numbers of a head, which are a head with the encoder's name and a card. */
import { CROWD_OUTPUTS, type Crowd } from '../../../biometrics/head/crowd-context.js';
import type { Head } from '../../../biometrics/head/head.js';
import { crowdAt, type Places } from './template-places.js';
import type { SideProjections } from './training-plan.js';

export interface Made extends SideProjections {
  readonly crowd?: Crowd;
}

/** @param like whose encoder, dimension and card it takes. */
export function shapedAs({ template, live, crowd }: Made, like: Head): Head {
  const projected = live.linear?.rows ?? like.dimension;
  return {
    ...like,
    kind: template === live ? 'twin' : 'half-twin',
    outputs: projected + (crowd === undefined ? 0 : CROWD_OUTPUTS),
    template,
    live,
    crowd: crowd ?? like.crowd,
  };
}

/** Where faces crowd, and how narrowly to look; undefined where nothing is to be added for it. */
interface CrowdSettings {
  readonly places: Places;
  readonly sharpness: number;
}

/** With what a crowd adds behind these very projections: the places move as the head learns. */
export const among = (sides: SideProjections, crowd: CrowdSettings | undefined): Made =>
  crowd === undefined || !sides.live.unitOutput
    ? sides
    : { ...sides, crowd: crowdAt(crowd.places, sides.live, crowd.sharpness) };

/** For faces of unit length: at 8 a place reaches about half of all, at 16 a small part. */
const SHARPNESSES = [8, 16];

interface Beginning {
  readonly start: SideProjections;
  readonly crowd: CrowdSettings | undefined;
}

/** The best of all starts, each with and without a crowd, by people that neither teach nor are examined. */
export function bestBeginning(
  starts: readonly [SideProjections, ...SideProjections[]],
  places: Places | undefined,
  judge: (made: Made) => number,
): Beginning {
  let best: Beginning = { start: starts[0], crowd: undefined };
  let highest = Number.NEGATIVE_INFINITY;
  for (const start of starts)
    for (const sharpness of [
      undefined,
      ...(places !== undefined && start.live.unitOutput ? SHARPNESSES : []),
    ]) {
      const crowd = sharpness === undefined || places === undefined ? undefined : { places, sharpness };
      const figure = judge(among(start, crowd));
      if (figure > highest) [best, highest] = [{ start, crowd }, figure];
    }
  return best;
}
