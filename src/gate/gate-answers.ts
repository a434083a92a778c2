/** Matches the gate's answers to grants: the first answer counts, and one that contradicts it is an alarm. */
import { BoundedMap } from '../base/bounded-map.js';
import type { Clock } from '../base/clock.js';
import type { GrantId } from '../base/ids.js';
import { type Millis, type Monotonic, millis } from '../base/units.js';
import { type GateAnswer, mayFollow } from './protocol/answer-bytes.js';
import type { ReadAck } from './protocol/answer-check.js';

export interface GateAnswers {
  /** @param request digest of the grant. @returns its first answer, when it comes. */
  expect(grant: GrantId, request: string): Promise<GateAnswer>;
  /** The grant is not waited for any more, or its end is still open: an answer that comes now is late. */
  giveUp(grant: GrantId): void;
  onAck(ack: ReadAck): void;
}

interface GateAnswersDependencies {
  readonly clock: Clock;
  readonly onLate: (grant: GrantId, answer: GateAnswer, late: Millis) => void;
  readonly onContradiction: (grant: GrantId, first: GateAnswer, second: GateAnswer) => void;
}

interface Expected {
  readonly request: string;
  readonly resolve: (answer: GateAnswer) => void;
  readonly since: Monotonic;
  answer?: GateAnswer;
  givenUpAt?: Monotonic;
  contradicted?: true;
}

/** How long a late answer is still recorded, in ms, and for how many grants at once. */
const REMEMBERED_MS = 60_000;
const MAX_REMEMBERED = 64;

export function createGateAnswers({ clock, onLate, onContradiction }: GateAnswersDependencies): GateAnswers {
  const expected = new BoundedMap<GrantId, Expected>(MAX_REMEMBERED);
  return {
    expect(grant, request) {
      const { promise, resolve } = withResolvers<GateAnswer>();
      expected.set(grant, { request, resolve, since: clock.monotonic() });
      return promise;
    },
    giveUp(grant) {
      const one = expected.get(grant);
      if (one !== undefined) one.givenUpAt = clock.monotonic();
    },
    onAck({ grant, answer, request }) {
      const one = grant === null ? undefined : expected.get(grant);
      if (grant === null || one === undefined) return;
      // An answer to a forged message with the same id is none to this grant.
      if (request !== undefined && request !== one.request) return;
      const now = clock.monotonic();
      if (now - (one.givenUpAt ?? one.since) > REMEMBERED_MS) return;
      const before = one.answer;
      if (before === undefined || (before.result === 'unconfirmed' && answer.result !== 'unconfirmed')) {
        one.answer = answer;
        one.resolve(answer);
        if (one.givenUpAt !== undefined) onLate(grant, answer, millis(now - one.givenUpAt));
        return;
      }
      if (mayFollow(before, answer) || one.contradicted) return;
      one.contradicted = true;
      onContradiction(grant, before, answer);
    },
  };
}

function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
