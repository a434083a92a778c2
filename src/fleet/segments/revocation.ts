/**
 * A word that goes out before the next version: these people and badges stop matching now. Signed by the keys that sign the
 * site's gallery. Idempotent; once a version contains it, it has no effect any more.
 *
 * What is signed: "twinstile-revocation-v1\n", then the message without its signatures as canonical JSON.
 */
import { createPublicKey, verify } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import { z } from 'zod';
import { type BadgeId, badgeId, ID_PATTERN, type PersonId, personId } from '../../base/ids.js';
import { expectSigned, readRoot, readTargets } from '../tuf/metadata.js';
import { refused } from '../tuf/refusal.js';
import type { Signer } from '../tuf/signing.js';
import { siteRole } from './manifest.js';

const CONTEXT = 'twinstile-revocation-v1\n';
/** 200 people and 200 badges of 64 characters, and some signatures. */
const MAX_REVOCATION = 32_768;

/** In one message, of each kind. */
export const MAX_REVOKED = 200;

const id = z.string().regex(ID_PATTERN);
const content = z.strictObject({
  v: z.literal(1),
  site: id,
  serial: z.int().min(1),
  people: z.array(id).max(MAX_REVOKED),
  badges: z.array(id).max(MAX_REVOKED),
});
const message = content.extend({
  signatures: z
    .array(z.strictObject({ keyid: z.string().max(128), sig: z.string().regex(/^[0-9a-f]{128}$/) }))
    .max(16),
});

interface RevocationMessage {
  readonly serial: number;
  readonly people: readonly PersonId[];
  readonly badges: readonly BadgeId[];
}

/** What a device already trusts. */
interface TrustedDelegation {
  readonly root: Uint8Array;
  readonly targets: Uint8Array;
}

export function writeRevocation(site: string, told: RevocationMessage, signers: readonly Signer[]): Buffer {
  const said = {
    v: 1 as const,
    site,
    serial: told.serial,
    people: [...told.people],
    badges: [...told.badges],
  };
  const bytes = bytesOf(said);
  const signatures = signers.map(({ key, sign }) => ({
    keyid: key.keyID,
    sig: Buffer.from(sign(bytes)).toString('hex'),
  }));
  return Buffer.from(JSON.stringify({ ...said, signatures }));
}

/** @throws TwinstileError 'fleet-refused' for anything but a message that enough of the site's keys signed. */
export function readRevocation(
  payload: Uint8Array,
  site: string,
  { root, targets }: TrustedDelegation,
): RevocationMessage {
  if (payload.length > MAX_REVOCATION)
    throw refused(`a revocation of up to ${MAX_REVOCATION} bytes`, `${payload.length}`);
  let told: z.infer<typeof message>;
  try {
    told = message.parse(JSON.parse(Buffer.from(payload).toString('utf8')));
  } catch (cause) {
    throw refused('a revocation', 'something else', undefined, cause);
  }
  const { signatures, ...said } = told;
  if (said.site !== site) throw refused(`a revocation for ${site}`, `one for ${said.site}`);
  const { roles, keys } = readRoot(root).metadata.signed;
  const delegator = readTargets(targets);
  expectSigned('targets', delegator.metadata, roles.targets, keys);
  const { delegations } = delegator.metadata.signed;
  const role = delegations?.roles?.[siteRole(site)];
  const bytes = bytesOf(said);
  const good = new Set<string>();
  for (const { keyid, sig } of signatures) {
    const key = role?.keyIDs.includes(keyid) === true ? delegations?.keys[keyid] : undefined;
    const raw = key?.keyType === 'ed25519' ? (key.keyVal.public ?? '') : '';
    if (/^[0-9a-f]{64}$/.test(raw) && verify(null, bytes, publicKey(raw), Buffer.from(sig, 'hex')))
      good.add(raw);
  }
  if (role === undefined || !(good.size >= Math.max(1, role.threshold)))
    throw refused(`a revocation signed by the keys of ${site}`, `${good.size} good signatures`);
  return { serial: said.serial, people: said.people.map(personId), badges: said.badges.map(badgeId) };
}

const bytesOf = (said: z.infer<typeof content>): Buffer => Buffer.from(CONTEXT + canonicalize(said));

const publicKey = (hex: string) =>
  createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(hex, 'hex').toString('base64url') },
    format: 'jwk',
  });
