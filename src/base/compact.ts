/**
 * Leaves out the fields that are undefined.
 *
 * For two edges alone: an object that lies over another ({...usual, ...compact(said)}), where an undefined field would hide what
 * is under it, and one whose own keys are read (evidence, messages of others).
 */
export function compact<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
