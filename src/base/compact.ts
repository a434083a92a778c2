/**
 * Leaves out the fields that are undefined.
 *
 * For two edges only: an object that is merged over another ({...defaults, ...compact(options)}), where an undefined field would hide
 * the default, and one whose own keys are read (evidence, messages of others).
 */
export function compact<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
