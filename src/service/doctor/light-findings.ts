/** Measures the light at the gate on the people who are there, and finds whether it suffices for all. */
import { createGateLightWatch } from '../../lane/health/gate-light.js';
import type { FrameReport } from '../../vision/ports/vision.js';
import { type Finding, good, warning } from './finding.js';

/** Dark skin returns about a quarter of the light that light skin does, and a quarter of the light leaves two fifths of the signal. */
const ENOUGH_FOR_ALL = 250;

const MORE_LIGHT =
  'Put more light at the gate, from the side of the camera; avoid a bright wall or window behind the people; let the camera expose for longer. Then measure again with somebody there.';

/** Pure. @returns none when no face was at the gate. */
export function judgeLight(lane: string, frames: readonly FrameReport[]): readonly Finding[] {
  const watch = createGateLightWatch();
  for (const frame of frames) watch.see(frame);
  const last = frames.at(-1);
  const light = last === undefined ? undefined : watch.at(last.at);
  if (light === undefined) return [];
  const about = `light ${lane}`;
  const { percent, isTooLow } = light;
  if (isTooLow)
    return [
      warning(
        about,
        `The gate needs more light: a face there had ${percent} % of what it needs, and is refused as too dark.`,
        MORE_LIGHT,
      ),
    ];
  if (percent < ENOUGH_FOR_ALL)
    return [
      warning(
        about,
        `Light enough for whoever stood there (${percent} % of what the face needs). Unless their own skin is dark, the gate needs more light: measured on light skin, ${ENOUGH_FOR_ALL} % suffices for everybody.`,
        MORE_LIGHT,
      ),
    ];
  return [good(about, `Light enough for everybody: a face there had ${percent} % of what it needs.`)];
}
