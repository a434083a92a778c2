import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `what` holds, at most 10 s: generous, because the machine may be busy. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > end) assert.fail(`Expected '${what}' within 10 s, got nothing.`);
    await sleep(10);
  }
}
