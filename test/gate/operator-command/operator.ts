/** An operator with keys, for tests. */

import {
  type CommandMessage,
  commandBytes,
  type Operation,
} from '../../../src/gate/operator-command/operator-messages.js';
import { newGrantKey, signingKey, verifyingKey } from '../../../src/gate/protocol/signature.js';

export const LANE = 'twinstile/site/north';

export function operatorNamed(operator: string) {
  const { secret, forGate } = newGrantKey('ed25519');
  const signing = signingKey(operator, 'ed25519', secret);
  const sign = (
    operation: Operation,
    challenge: string,
    { argument = '', transaction = 't-1', lane = LANE } = {},
  ): CommandMessage => ({
    v: 1,
    transaction,
    operator,
    challenge,
    signature: Buffer.from(
      signing.sign(commandBytes({ lane, operation, operator, transaction, challenge, argument })),
    ).toString('hex'),
  });
  return { signing, key: verifyingKey(operator, 'ed25519', forGate ?? new Uint8Array()), sign };
}
