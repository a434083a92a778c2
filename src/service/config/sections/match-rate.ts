import { z } from 'zod';

/** A rate above 0.01, which admits one impostor in a hundred, is treated as a typing error. */
const HIGHEST_RATE = 0.01;
const ONE_IN = /^1\s+in\s+([1-9][0-9_,]*)$/i;
const EXPECTED = `Expected a rate as "1 in 10,000" or a number above 0 and at most ${HIGHEST_RATE}`;

/**
 * Reads "1 in 10,000" (commas and underscores may group the digits) or a bare number.
 * @returns the rate, 0 < rate <= 0.01; undefined for anything else.
 */
export function readRate(value: unknown): number | undefined {
  const rate = typeof value === 'string' ? oneIn(value.trim()) : value;
  return typeof rate === 'number' && rate > 0 && rate <= HIGHEST_RATE ? rate : undefined;
}

function oneIn(text: string): number | undefined {
  const digits = ONE_IN.exec(text)?.[1]?.replaceAll(/[_,]/g, '');
  return digits === undefined ? undefined : 1 / Number(digits);
}

export const rateSchema = z.union([z.string(), z.number()]).transform((value, context) => {
  const rate = readRate(value);
  if (rate !== undefined) return rate;
  context.addIssue({ code: 'custom', message: `${EXPECTED}.` });
  return z.NEVER;
});
