/**
 * A box's receipt for the revocations that it holds, signed by its own key: the registrar trusts no delivery, only this.
 *
 * Signed bytes: "twinstile-heard-v1\n", then the message without its signature as canonical JSON.
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import { z } from 'zod';
import { ID_PATTERN } from '../../base/ids.js';

const CONTEXT = 'twinstile-heard-v1\n';
/** More are contained in a version by then, or are named by `through`. */
export const MAX_HELD = 1000;
const MAX_BYTES = 32_768;

/** Which revocations hold at a box: all up to `through`, and those of `serials`. */
export interface HeldRevocations {
  readonly through: number;
  /** Rising. */
  readonly serials: readonly number[];
}

export interface RevocationReceipt {
  readonly device: string;
  readonly held: HeldRevocations;
  /** SHA-256 of the key that signed it (SPKI, DER), hexadecimal: whose it is has to be known from elsewhere. */
  readonly fingerprint: string;
}

const content = z.strictObject({
  v: z.literal(1),
  site: z.string().regex(ID_PATTERN),
  device: z.string().min(1).max(64),
  through: z.int().min(0),
  serials: z.array(z.int().min(1)).max(MAX_HELD),
  /** PEM (SPKI). */
  key: z.string().max(1024),
});
const message = content.extend({ signature: z.string().regex(/^[0-9a-f]{128}$/) });

export function writeReceipt(
  { site, device, held }: { readonly site: string; readonly device: string; readonly held: HeldRevocations },
  { secret, pub }: { readonly secret: KeyObject; readonly pub: string },
): string {
  const body = {
    v: 1 as const,
    site,
    device,
    through: held.through,
    serials: [...held.serials].sort((a, b) => a - b).slice(-MAX_HELD),
    key: pub,
  };
  return JSON.stringify({ ...body, signature: sign(null, bytesOf(body), secret).toString('hex') });
}

/** @returns undefined for whatever is no word of a box of this site, or was not signed by the key that it names. */
export function readReceipt(payload: Uint8Array, site: string): RevocationReceipt | undefined {
  if (payload.length > MAX_BYTES) return undefined;
  try {
    const { signature, ...body } = message.parse(JSON.parse(Buffer.from(payload).toString('utf8')));
    const key = createPublicKey(body.key);
    if (body.site !== site || key.asymmetricKeyType !== 'ed25519') return undefined;
    if (!verify(null, bytesOf(body), key, Buffer.from(signature, 'hex'))) return undefined;
    return {
      device: body.device,
      held: { through: body.through, serials: body.serials },
      fingerprint: createHash('sha256')
        .update(key.export({ type: 'spki', format: 'der' }))
        .digest('hex'),
    };
  } catch {
    // Any client with the right to publish there may publish anything.
    return undefined;
  }
}

export const holds = ({ through, serials }: HeldRevocations, serial: number): boolean =>
  serial <= through || serials.includes(serial);

/** 'proved': by the key that the registrar has on record. 'claimed': by a key that is not on record. */
export type ReceiptState = 'proved' | 'claimed' | 'silent';

/**
 * Pure. What is known of one device of the registrar's list.
 * @param serials that it has to hold.
 * @param known fingerprint on record; a receipt by any other key is ignored then.
 */
export function receiptStateOf(
  receipts: readonly RevocationReceipt[],
  device: string,
  serials: readonly number[],
  known: string | undefined,
): ReceiptState {
  const matching = receipts.filter(
    (one) => one.device === device && serials.every((serial) => holds(one.held, serial)),
  );
  if (known === undefined) return matching.length > 0 ? 'claimed' : 'silent';
  return matching.some(({ fingerprint }) => fingerprint === known) ? 'proved' : 'silent';
}

const bytesOf = (body: z.infer<typeof content>): Buffer => Buffer.from(CONTEXT + canonicalize(body));
