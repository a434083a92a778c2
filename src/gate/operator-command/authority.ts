/** Authorizes a command by a signature over a fresh challenge, or because the broker vouches for the user. */
import type { Monotonic } from '../../base/units.js';
import type { VerifyingKey } from '../protocol/signature.js';
import type { Operation } from './operations.js';
import { commandBytes } from './operator-bytes.js';
import type { CommandChallenges } from './operator-challenges.js';
import { argumentOf, type CommandMessage } from './operator-messages.js';

interface Operator {
  readonly permissions: ReadonlySet<Operation>;
}

export interface Authority {
  readonly operators: ReadonlyMap<string, Operator & { readonly key: VerifyingKey }>;
  /** Trusted because the broker's access list lets no other login publish to their topic. */
  readonly brokerUsers: ReadonlyMap<string, Operator>;
}

/** Codes are API: never renamed. */
export type Denial =
  | 'not-signed'
  | 'unknown-operator'
  | 'stale-challenge'
  | 'used-challenge'
  | 'bad-signature'
  | 'not-allowed';

type Judgement =
  | { readonly kind: 'allowed'; readonly operator: string; readonly by: 'signature' | 'broker' }
  | { readonly kind: 'denied'; readonly reason: Denial };

export interface Asked {
  /** "twinstile/SITE/LANE" */
  readonly lane: string;
  readonly operation: Operation;
  readonly message: CommandMessage;
  /** The last segment of `command/OP/USER`. */
  readonly user?: string;
}

/** The challenge is used up as soon as the signature is good, also where the command is denied. */
export function authorizeCommand(
  { lane, operation, message, user }: Asked,
  { operators, brokerUsers }: Authority,
  challenges: CommandChallenges,
  now: Monotonic,
): Judgement {
  const denied = (reason: Denial): Judgement => ({ kind: 'denied', reason });
  if (user !== undefined) {
    const known = brokerUsers.get(user);
    if (known === undefined) return denied('unknown-operator');
    return known.permissions.has(operation)
      ? { kind: 'allowed', operator: user, by: 'broker' }
      : denied('not-allowed');
  }
  const { operator, challenge, signature, transaction } = message;
  if (operator === undefined || challenge === undefined || signature === undefined)
    return denied('not-signed');
  const known = operators.get(operator);
  if (known === undefined) return denied('unknown-operator');
  const state = challenges.stateOf(challenge, operator, now);
  if (state === 'stale') return denied('stale-challenge');
  const argument = argumentOf(operation, message);
  const bytes = commandBytes({ lane, operation, operator, transaction, challenge, argument });
  if (!known.key.verify(bytes, Buffer.from(signature, 'hex'))) return denied('bad-signature');
  if (state === 'used') return denied('used-challenge');
  challenges.use(challenge, now);
  return known.permissions.has(operation)
    ? { kind: 'allowed', operator, by: 'signature' }
    : denied('not-allowed');
}
