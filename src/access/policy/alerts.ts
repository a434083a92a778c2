/** Declares the alerts for security, which the person at the gate does not see. Codes are API: never renamed. */
import type { LaneId, PersonId } from '../../base/ids.js';
import { idKey } from '../../base/names.js';

export type AccessAlert =
  /** A person on the watch list was recognised. Silent: it changes neither the answer nor the sentence at the gate. */
  | { readonly notice: 'watch-list'; readonly person: PersonId; readonly lane: LaneId }
  /** Let in although known to be elsewhere (soft anti-passback). */
  | {
      readonly notice: 'passback';
      readonly person: PersonId;
      readonly lane: LaneId;
      readonly expected: string;
      readonly known: string;
    }
  /** Let in although a second person was close behind. */
  | { readonly notice: 'tailgating-suspected'; readonly person: PersonId; readonly lane: LaneId }
  /** The passage sensor reported a passage that was not as granted. */
  | { readonly notice: 'tailgated' | 'forced-open' | 'held-open'; readonly lane: LaneId }
  /** The relay is on although its pulse is over, or does not report whether it is. */
  | { readonly notice: 'relay-stays-on' | 'relay-silent'; readonly lane: LaneId }
  /** Messages in the gate's name are forged: so many since the last alert were not the gate's. */
  | {
      readonly notice: 'gate-answer-forged';
      readonly lane: LaneId;
      readonly reason: string;
      readonly count: number;
    }
  /** The gate gave two different answers to one grant. */
  | {
      readonly notice: 'gate-contradiction';
      readonly lane: LaneId;
      readonly first: string;
      readonly second: string;
    };

export interface WatchList {
  /** Ids as they are compared (idKey). */
  readonly people: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

export const isWatched = (
  { people, groups }: WatchList,
  person: PersonId,
  own: ReadonlySet<string>,
): boolean => people.has(idKey(person)) || [...groups].some((group) => own.has(group));

/** @param outcome as in the gate's passage message. */
export function alertOfPassage(outcome: string, lane: LaneId): AccessAlert | undefined {
  return outcome === 'tailgated' || outcome === 'forced-open' || outcome === 'held-open'
    ? { notice: outcome, lane }
    : undefined;
}
