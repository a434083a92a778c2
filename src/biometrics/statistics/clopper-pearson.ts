/** How much of a rate is chance: the exact interval of Clopper and Pearson (Biometrika 26, 1934). */

/** A count of errors with the interval of its rate. */
export interface Rate {
  readonly errors: number;
  readonly of: number;
  /** 0..1; NaN of nothing. */
  readonly rate: number;
  /** 95 %: rates below `from` or above `to` would show this count less than 1 time in 40 each. */
  readonly from: number;
  readonly to: number;
}

const TAIL = 0.025;
/** Halvings: 2^-50 is below the resolution of any count. */
const STEPS = 50;

/** @param errors whole, 0..of. @param of whole, 0 or more; of nothing the interval is all there is. */
export function rateOf(errors: number, of: number): Rate {
  // Of none and of all in closed form: of millions the sums would take seconds.
  const bound = TAIL ** (1 / of);
  if (errors === 0) return { errors, of, rate: errors / of, from: 0, to: 1 - bound };
  if (errors === of) return { errors, of, rate: 1, from: bound, to: 1 };
  return {
    errors,
    of,
    rate: errors / of,
    from: rising((rate) => 1 - atMost(errors - 1, of, rate)),
    to: rising((rate) => 1 - atMost(errors, of, rate), 1 - TAIL),
  };
}

/**
 * Widens an interval whose rate is all or nothing to what the exact one allows: replicates of a count of none are all of none, so that
 * a bootstrap alone would claim to know the rate (the "rule of three", Hanley and Lippman-Hand 1983; two-sided 3.7 of `of`).
 * @param of independent trials at most, such as people where their pairs depend on each other.
 */
export function allowingForNone<I extends Pick<Rate, 'from' | 'to'> & { readonly value: number }>(
  interval: I,
  of: number,
): I {
  if (interval.value === 0) return { ...interval, to: Math.max(interval.to, rateOf(0, of).to) };
  if (interval.value === 1) return { ...interval, from: Math.min(interval.from, rateOf(of, of).from) };
  return interval;
}

/** Where a function that rises from 0 to 1 reaches a value. */
function rising(value: (rate: number) => number, wanted = TAIL): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    if (value(middle) < wanted) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Probability of at most `most` errors of `of`. @param rate above 0, below 1. */
function atMost(most: number, of: number, rate: number): number {
  // In logarithms: of a thousand frames each term alone would be too small for a number.
  const odds = Math.log(rate) - Math.log1p(-rate);
  let term = of * Math.log1p(-rate);
  let sum = Math.exp(term);
  for (let errors = 1; errors <= most; errors += 1) {
    term += Math.log((of - errors + 1) / errors) + odds;
    sum += Math.exp(term);
  }
  return sum;
}
