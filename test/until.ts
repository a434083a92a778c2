import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** @param limit ms; 10 s are generous, because the machine may be busy. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  limit = 10_000,
): Promise<void> {
  const end = performance.now() + limit;
  while (!(await holds())) {
    if (performance.now() > end) assert.fail(`Expected '${what}' within ${limit} ms, got nothing.`);
    await sleep(10);
  }
}
