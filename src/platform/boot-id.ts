/** Which run of the machine this is: monotonic times of another one mean nothing. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export async function bootId(): Promise<string> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch {
    // Where there is none, each start counts as one of its own: times are left out, zones and counts are kept.
    return randomUUID();
  }
}
