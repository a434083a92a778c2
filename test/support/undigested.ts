/** A card's table without the encoder that it was measured with: for samples that put another encoder, or a head, in front of it. */
import type { CalibrationTable, ModelCard } from '../../src/biometrics/model-card.js';

export const undigested = (table: CalibrationTable | undefined): CalibrationTable | undefined =>
  table === undefined ? undefined : { ...table, digest: undefined };

export const withUndigestedTable = (card: ModelCard): ModelCard => ({
  ...card,
  calibration: undigested(card.calibration),
});
