/** Writes the gate's answers and passages, signed where the protocol requires it. */
import { ackBytes, type GateAnswer, passageBytes } from './answer-bytes.js';
import { NO_SESSION, type PassageMessage } from './gate-messages.js';
import type { GatePlace, GateProtocol } from './grant-bytes.js';
import type { AnsweredRequest } from './grant-check.js';
import type { SigningKey } from './signature.js';

export interface AnswerWriter {
  /** @returns JSON; nothing where version 1 has no message for it. */
  ack(asked: AnsweredRequest, answer: GateAnswer): string | undefined;
  /** @returns JSON. Each call takes the next sequence number. */
  passage(passage: PassageMessage): string;
  /** Passages belong to this session from now on, and are signed with the key that asked for it where the key is shared. */
  useSession(session: string, key: string | undefined): void;
}

export interface GateSigner {
  readonly protocol: GateProtocol;
  /** The gate's own key. Absent: answers are signed with the shared HMAC key that the request was signed with. */
  readonly own?: SigningKey;
  /** HMAC keys that the gate shares with its lane, as signing keys. */
  readonly shared: readonly SigningKey[];
}

/** @param boot 8 random bytes, hexadecimal, new at each start of the gate. */
export function createAnswerWriter(place: GatePlace, signer: GateSigner, boot: string): AnswerWriter {
  const { gate } = place;
  let session = NO_SESSION;
  let sessionKey: string | undefined;
  let sequence = 0;
  const sign = (bytes: Uint8Array, key: string | undefined): string => {
    const shared = signer.shared.find(({ id }) => id === key) ?? signer.shared[0];
    return Buffer.from((signer.own ?? shared)?.sign(bytes) ?? []).toString('hex');
  };

  const ackV1 = ({ grant }: AnsweredRequest, answer: GateAnswer): string | undefined => {
    if (grant === null || (answer.result !== 'opened' && answer.result !== 'refused')) return undefined;
    return JSON.stringify({ v: 1, grant, gate, ...answer });
  };
  return {
    ack(asked, answer) {
      if (signer.protocol === 1) return ackV1(asked, answer);
      const { grant, request, key } = asked;
      const signature = sign(ackBytes(place, { request, grant, answer }), key);
      return JSON.stringify({ v: 2, grant, gate, ...answer, request, signature });
    },
    passage(passage) {
      if (signer.protocol === 1) return JSON.stringify(passage);
      const { grant, outcome, direction } = passage;
      const signed = { session, boot, sequence, grant, outcome, direction };
      sequence += 1;
      const signature = sign(passageBytes(place, signed), sessionKey);
      return JSON.stringify({ v: 2, gate, ...signed, signature });
    },
    useSession(next, key) {
      if (next === NO_SESSION) return;
      session = next;
      sessionKey = key;
    },
  };
}
