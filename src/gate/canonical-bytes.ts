/**
 * What exactly is signed: one byte string for one grant, and no two grants with the same bytes.
 *
 * Six fields, each with its length before it (2 bytes, big-endian), so that no field can run into the next:
 * "twinstile-grant-v1" | gate | direction | grant id | challenge (16 raw bytes) | pulse in ms (4 bytes, big-endian).
 * Text is UTF-8. Test vectors are in docs/PROTOCOL.md.
 */
import type { GateId, GrantId } from '../base/ids.js';
import type { Millis } from '../base/units.js';

export type Direction = 'in' | 'out';

/** What a grant says, before it is signed. */
export interface Permission {
  readonly gate: GateId;
  readonly direction: Direction;
  readonly id: GrantId;
  /** 16 bytes as 32 lower-case hexadecimal digits. */
  readonly challenge: string;
  /** Whole ms, 100..10000. */
  readonly pulse: Millis;
}

export const GRANT_CONTEXT = 'twinstile-grant-v1';

export function canonicalBytes({ gate, direction, id, challenge, pulse }: Permission): Uint8Array {
  const pulseBytes = Buffer.alloc(4);
  pulseBytes.writeUInt32BE(pulse);
  const fields = [
    Buffer.from(GRANT_CONTEXT),
    Buffer.from(gate),
    Buffer.from(direction),
    Buffer.from(id),
    Buffer.from(challenge, 'hex'),
    pulseBytes,
  ];
  return Buffer.concat(fields.flatMap((field) => [lengthOf(field), field]));
}

function lengthOf(field: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(field.length);
  return length;
}
