/** A gate's own key: what it signs its answers with, and what its lane checks them with. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gateId, laneId, siteId } from '../../../src/base/ids.js';
import type { AnswerTrust } from '../../../src/gate/protocol/answer-check.js';
import type { GateSigner } from '../../../src/gate/protocol/answer-writer.js';
import type { GatePlace } from '../../../src/gate/protocol/grant-bytes.js';
import { newGrantKey, signingKey, verifyingKey } from '../../../src/gate/protocol/signature.js';

export interface GateKeyPair {
  readonly signer: GateSigner;
  readonly trust: AnswerTrust;
  /** PEM, for the configuration of the lane. */
  readonly pub: Uint8Array;
  /** PEM, for the gate. */
  readonly secret: Uint8Array;
}

export function gateKeyPair(): GateKeyPair {
  const { secret, forGate: pub = new Uint8Array() } = newGrantKey('ed25519');
  return {
    signer: { protocol: 2, shared: [], own: signingKey('gate', 'ed25519', secret) },
    trust: { protocol: 2, keys: [verifyingKey('gate', 'ed25519', pub)] },
    pub,
    secret,
  };
}

/** Answers signed with the 32 bytes that grants are signed with. */
export const sharedKey = (id: string, secret: Uint8Array): Pick<GateKeyPair, 'signer' | 'trust'> => ({
  signer: { protocol: 2, shared: [signingKey(id, 'hmac-sha256', secret)] },
  trust: { protocol: 2, keys: [verifyingKey(id, 'hmac-sha256', secret)] },
});

/** Puts `gate.pub` and `gate.key` into the folder. */
export async function writeGateKey(folder: string): Promise<GateKeyPair> {
  const keys = gateKeyPair();
  await writeFile(join(folder, 'gate.pub'), keys.pub);
  await writeFile(join(folder, 'gate.key'), keys.secret);
  return keys;
}

export const placeOf = (site: string, lane: string, gate: string): GatePlace => ({
  site: siteId(site),
  lane: laneId(lane),
  gate: gateId(gate),
});
