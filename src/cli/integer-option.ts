import { InvalidArgumentError } from 'commander';

/** For numbers that count something. */
export const integerFrom =
  (min: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= min) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} on.`);
  };
