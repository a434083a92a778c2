/** Which devices get a new model pack first? */
import { createHash } from 'node:crypto';

interface Rollout {
  readonly pack: string;
  /** 0..100: share of the devices, by a hash of their names. A larger share contains every smaller one. */
  readonly percent: number;
  /** Named devices get it in any case. */
  readonly devices: readonly string[];
}

/** The pack in the hash keeps it from always being the same devices that go first. */
export function isChosen(device: string, { pack, percent, devices }: Rollout): boolean {
  if (devices.includes(device)) return true;
  const share = createHash('sha256').update(`${pack}\n${device}`).digest().readUInt32BE(0) / 2 ** 32;
  return share * 100 < percent;
}
