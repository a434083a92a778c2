/**
 * Builds the bytes that the lane signs: one byte string for one grant, and no two grants with the same bytes.
 *
 * Version 2, eight fields (see joinFields): "twinstile-grant-v2" | site | lane | gate | direction | grant id |
 * challenge (16 raw bytes) | pulse in ms (4 bytes, big-endian). Version 1 has no site and no lane. Test vectors are in
 * docs/PROTOCOL.md.
 */
import type { GateId, GrantId, LaneId, SiteId } from '../../base/ids.js';
import type { Millis } from '../../base/units.js';

/** Identifies a gate: a name alone may exist at two sites that share one key. */
export interface GatePlace {
  readonly site: SiteId;
  readonly lane: LaneId;
  readonly gate: GateId;
}

/**
 * What lane and gate sign. 1: the lane signs grants for a gate, and the gate signs nothing. 2: grants name site and lane too,
 * and every answer and passage of the gate is signed.
 */
export type GateProtocol = 1 | 2;

export type Direction = 'in' | 'out';

/** The content of a grant, before it is signed. */
export interface Permission {
  readonly gate: GateId;
  readonly direction: Direction;
  readonly id: GrantId;
  /** 16 bytes as 32 lower-case hexadecimal digits. */
  readonly challenge: string;
  /** Whole ms, 100..10000. */
  readonly pulse: Millis;
}

/** The site and lane that a signature of version 2 is good for; nothing of them is signed in version 1. */
export type SignedFor = Pick<GatePlace, 'site' | 'lane'> & { readonly protocol: GateProtocol };

/** The bytes of a grant. */
export function canonicalBytes(
  { gate, direction, id, challenge, pulse }: Permission,
  { site, lane, protocol }: SignedFor,
): Uint8Array {
  const place = protocol === 1 ? [] : [site, lane];
  return joinFields([
    `twinstile-grant-v${protocol}`,
    ...place,
    gate,
    direction,
    id,
    Buffer.from(challenge, 'hex'),
    uint32(pulse),
  ]);
}

/** A lane's request that the gate name this lane's session in its passages. Opens nothing. Version 2 only. */
export interface SessionRequest {
  readonly gate: GateId;
  /** 16 bytes, hexadecimal: as of a grant, so that a recorded request is stale. */
  readonly challenge: string;
  /** 16 bytes, hexadecimal: new for each start of the lane. */
  readonly session: string;
}

/** Fields: "twinstile-session-v2" | site | lane | gate | challenge (16 raw bytes) | session (16 raw bytes). */
export function sessionBytes(
  { gate, challenge, session }: SessionRequest,
  { site, lane }: Pick<GatePlace, 'site' | 'lane'>,
): Uint8Array {
  return joinFields([
    'twinstile-session-v2',
    site,
    lane,
    gate,
    Buffer.from(challenge, 'hex'),
    Buffer.from(session, 'hex'),
  ]);
}

/**
 * The shape of everything that is signed: fields one after the other, each with its length before it (2 bytes, big-endian), so that
 * none can run into the next.
 * @param fields text is UTF-8; each at most 65,535 bytes.
 */
export function joinFields(fields: readonly (string | Uint8Array)[]): Uint8Array {
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** An unsigned whole number of 4 bytes, big-endian. */
export function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
