/** Lists the models of a box as named parts: those by which faces are found, compared and decided on. */
import type { LaneId } from '../../base/ids.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import { digestOf, type ModelCard } from '../../biometrics/model-card.js';
import type { Config } from '../config/config-schema.js';

/** Read once, because the models do not change while the service runs. The card has the digest of every file of the pack. */
export function modelsInForce(
  card: ModelCard,
  { head, digest, calibration, reranker }: Comparison,
  { adaptation }: Pick<Config, 'adaptation'>,
): ReadonlyMap<string, unknown> {
  const parts = new Map<string, unknown>([[`pack ${card.name}`, card]]);
  if (head.kind !== 'identity') parts.set('head', digest);
  if (calibration !== undefined) parts.set('calibration', calibration);
  if (reranker !== undefined) parts.set('second opinion', reranker);
  if (adaptation.mode !== 'off') parts.set('adaptation of lanes', adaptation);
  return parts;
}

/** What the row contains besides its parts: a decision carries the second digest. */
export const modelFacts = (card: ModelCard, { digest }: Comparison): Readonly<Record<string, string>> => ({
  pack: card.name,
  encoder: digestOf(card),
  compared: digest,
});

/** Returns the heads that lanes have of their own. @param through the head through which a lane compares. */
export function lanesInForce(
  lanes: readonly LaneId[],
  configured: Comparison,
  through: (lane: LaneId) => Comparison,
): ReadonlyMap<string, unknown> {
  const parts = new Map<string, unknown>();
  for (const lane of lanes) {
    const { digest } = through(lane);
    if (digest !== configured.digest) parts.set(`adapted head of lane ${lane}`, digest);
  }
  return parts;
}
