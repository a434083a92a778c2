/** Which boxes a revocation reached, in words: only a signature of the box is proof. */

import type { ReceiptState } from '../../fleet/status/revocation-receipt.js';
import type { RevocationsPublished } from '../../service/fleet/publish-revocations.js';

export interface RevocationOutcome extends RevocationsPublished {
  readonly serials: readonly number[];
}

/** Whether every box that may read has signed for it. */
export const isProvedEverywhere = ({ isSent, devices }: RevocationsPublished): boolean =>
  isSent && devices.every(({ hearing }) => hearing === 'proved');

export function receiptLines({ isSent, devices, serials }: RevocationOutcome): readonly string[] {
  const of = (hearing: ReceiptState): string =>
    devices.flatMap((one) => (one.hearing === hearing ? one.device : [])).join(', ');
  const [proved, claimed, silent] = [of('proved'), of('claimed'), of('silent')];
  const lines = [
    isSent
      ? `Revoked (${serials.join(', ')}), and told to the broker.`
      : `Revoked (${serials.join(', ')}), but the broker could not be told: gates know it once a version is published.`,
  ];
  if (proved !== '') lines.push(`It holds at ${proved}: signed by the boxes.`);
  if (claimed !== '')
    lines.push(
      `${claimed} say so, by a key that is not on record here: no proof. Put it there with: twinstile gallery device add NAME RECIPIENT --signs-as FINGERPRINT`,
    );
  if (silent !== '')
    lines.push(`NOT HEARD OF IT: ${silent}. They may let them in until they take a version without them.`);
  if (devices.length === 0) lines.push('No box may read the gallery: see twinstile gallery device list.');
  return lines;
}
