/**
 * How likely is the live class among a network's classes?
 * @param logits of one picture, one for each class. @param live which of them is the living face.
 * @returns 0..1, by softmax; NaN when a logit is not finite or there is no such class.
 */
export function liveShare(logits: ArrayLike<number>, live: number): number {
  const all = Array.from(logits);
  const largest = Math.max(...all);
  const sum = all.reduce((total, logit) => total + Math.exp(logit - largest), 0);
  return Math.exp((all[live] ?? Number.NaN) - largest) / sum;
}
