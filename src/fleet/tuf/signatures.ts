import type { Key, Metadata, Root, Snapshot, Targets, Timestamp } from '@tufjs/models';
import { refused } from './refusal.js';

interface Signers {
  readonly keyIDs: readonly string[];
  readonly threshold: number;
}

/**
 * Did enough of them sign? Each key counts once, by what it is and not by what it is called.
 * @throws TwinstileError 'fleet-refused'.
 */
export function expectSigned(
  what: string,
  metadata: Metadata<Root> | Metadata<Timestamp> | Metadata<Snapshot> | Metadata<Targets>,
  signers: Signers | undefined,
  keys: Readonly<Record<string, Key>>,
): void {
  if (signers === undefined || !Number.isInteger(signers.threshold) || signers.threshold < 1)
    throw refused(`somebody who may sign ${what}`, 'nobody');
  const good = new Set<string>();
  for (const id of new Set(signers.keyIDs)) {
    const key = Object.hasOwn(keys, id) ? keys[id] : undefined;
    if (key === undefined) continue;
    try {
      key.verifySignature(metadata);
      good.add(key.keyVal.public ?? '');
    } catch {
      // A signature that is missing or bad is one signature fewer.
    }
  }
  if (good.size < signers.threshold)
    throw refused(`${what} signed by ${signers.threshold} of its keys`, `${good.size} good signatures`);
}
