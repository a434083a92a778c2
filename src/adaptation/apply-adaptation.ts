/** Takes a head into use and rolls it back: what is stored, and what is written to the journal. */
import type { LaneId, ModelDigest } from '../base/ids.js';
import type { WallTime } from '../base/units.js';
import { digestWithHead } from '../biometrics/head/head.js';
import type { Journal } from '../records/journal/journal.js';
import type {
  ActOfChange,
  AdaptationStore,
  AdaptedHead,
  HeadCandidate,
  LaneAdaptation,
} from './adaptation-store.js';

export interface AdaptDependencies {
  readonly store: AdaptationStore;
  readonly journal: Journal;
  readonly wall: () => WallTime;
  readonly newId: () => string;
}

type HeadChange = 'refused' | 'proposed' | 'used' | 'undone' | 'forgotten';

/**
 * @param configured digest of what the lane compares by without a head of its own.
 * @returns what is in use now; nothing when there was no candidate that was found better than what is configured.
 */
export async function useCandidate(
  lane: LaneId,
  encoder: ModelDigest,
  configured: ModelDigest,
  dependencies: AdaptDependencies,
): Promise<AdaptedHead | undefined> {
  const { candidate } = await dependencies.store.load(lane, encoder);
  if (candidate?.verdict !== 'better' || candidate.over !== configured) return undefined;
  const { head, detail } = candidate;
  await journalHeadChange(dependencies, 'used', lane, { head: digestWithHead(head), detail });
  const step = (before: LaneAdaptation): LaneAdaptation => {
    const { heldSince: _, ...rest } = before;
    return before.candidate?.verdict === 'better' ? withUsedHead(rest, before.candidate) : before;
  };
  const after = await dependencies.store.change(lane, encoder, step, actOfHead('head-used', lane));
  return after.used;
}

/**
 * Rolls back to the head before; a second time, to the configured one. No head is taken automatically afterwards.
 * @returns what is in use now; nothing when there was nothing to take back.
 */
export async function rollBackHead(
  lane: LaneId,
  encoder: ModelDigest,
  dependencies: AdaptDependencies,
): Promise<{ readonly now: AdaptedHead | 'configured' } | undefined> {
  const { used, before } = await dependencies.store.load(lane, encoder);
  if (used === undefined) return undefined;
  await journalHeadChange(dependencies, 'undone', lane, {
    head: digestWithHead(used.head),
    now: before === undefined ? 'configured' : digestWithHead(before.head),
  });
  const step = ({ sums }: LaneAdaptation): LaneAdaptation => ({
    sums,
    used: before,
    heldSince: dependencies.wall(),
  });
  const after = await dependencies.store.change(lane, encoder, step, actOfHead('head-undone', lane));
  return { now: after.used ?? 'configured' };
}

/** The sums and what was made of them, but for a head in use. @returns how many passages had been gathered. */
export async function forgetSums(
  lane: LaneId,
  encoder: ModelDigest,
  dependencies: AdaptDependencies,
): Promise<number> {
  const { sums } = await dependencies.store.load(lane, encoder);
  await journalHeadChange(dependencies, 'forgotten', lane, { passages: sums?.statistics.tracks ?? 0 });
  await dependencies.store.change(
    lane,
    encoder,
    ({ sums: _, candidate: __, ...rest }) => rest,
    (before) => ({
      act: 'head-forgotten',
      lane,
      passages: before.sums?.statistics.tracks ?? 0,
      candidate: before.candidate === undefined ? 'none' : digestWithHead(before.candidate.head),
    }),
  );
  return sums?.statistics.tracks ?? 0;
}

/** Describes which head a lane compares through from now on, and which one before. */
export const actOfHead =
  (act: 'head-used' | 'head-undone', lane: LaneId): ActOfChange =>
  ({ used: before }, { used: after }) =>
    before === after ? undefined : { act, lane, head: nameOf(after), before: nameOf(before) };

const nameOf = (used: AdaptedHead | undefined): string =>
  used === undefined ? 'configured' : digestWithHead(used.head);

/** Evidence of passages was gathered against the head before: it goes with the candidate. */
export function withUsedHead(
  { sums, used, heldSince }: LaneAdaptation,
  { head, over, madeAt, detail }: HeadCandidate,
): LaneAdaptation {
  return {
    sums,
    used: { head, over, madeAt, detail },
    before: used,
    heldSince,
  };
}

/** Written down before it is done: a head never changes without a word. @throws TwinstileError 'journal-broken'. */
export async function journalHeadChange(
  { journal, wall, newId }: AdaptDependencies,
  change: HeadChange,
  lane: LaneId,
  more: Readonly<Record<string, unknown>>,
): Promise<void> {
  await journal.append({
    kind: 'notice',
    subject: newId(),
    at: wall(),
    body: { lane, notice: `head-${change}`, ...more },
  });
}
