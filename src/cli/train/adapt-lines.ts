/** Formats the adaptation state of a lane, for people and for programs. */

import type { AdaptedHead, Candidate, LaneAdaptation } from '../../adaptation/adaptation-store.js';
import { effectiveTracks } from '../../adaptation/camera-statistics.js';
import type { LaneId, ModelDigest } from '../../base/ids.js';
import { digestWithHead } from '../../biometrics/head/head-digest.js';
import type { AdaptationConfig } from '../../service/config/sections/upkeep-section.js';
import { formatTime } from '../office-dependencies.js';

interface HeadSummary {
  readonly head: string;
  readonly made_at: string;
  readonly detail: string;
}

interface AdaptationRow {
  readonly lane: string;
  readonly mode: AdaptationConfig['mode'];
  /** Passages that were gathered, and as how many equal ones they count now. */
  readonly passages: number;
  readonly equal_passages: number;
  readonly needed: number;
  /** Null: the configured head. */
  readonly used: HeadSummary | null;
  readonly before: HeadSummary | null;
  readonly candidate:
    | (HeadSummary & { readonly verdict: Candidate['verdict']; readonly granted_passages: number })
    | null;
  readonly held_since: string | null;
}

/** @param configured digest of what the lane compares by without a head of its own. */
export function rowOf(
  lane: LaneId,
  { sums, used, before, candidate, heldSince }: LaneAdaptation,
  configured: ModelDigest,
  { mode, passages }: AdaptationConfig,
): AdaptationRow {
  const summaryOf = (one: AdaptedHead | undefined): HeadSummary | null =>
    one?.over === configured
      ? {
          head: digestWithHead(one.head),
          made_at: new Date(one.madeAt).toISOString(),
          detail: one.detail,
        }
      : null;
  const proposed = summaryOf(candidate);
  return {
    lane,
    mode,
    passages: sums?.statistics.tracks ?? 0,
    equal_passages: sums === undefined ? 0 : Math.floor(effectiveTracks(sums.statistics)),
    needed: passages,
    used: mode === 'off' ? null : summaryOf(used),
    before: summaryOf(before),
    candidate:
      proposed === null || candidate === undefined
        ? null
        : {
            ...proposed,
            verdict: candidate.verdict,
            granted_passages: candidate.passages?.passages ?? 0,
          },
    held_since: heldSince === undefined ? null : new Date(heldSince).toISOString(),
  };
}

const VERDICTS = { better: 'proposed', refused: 'refused ', waiting: 'waiting ' } as const;

export function statusLines(row: AdaptationRow): readonly string[] {
  const { lane, passages, equal_passages, needed, used, before, candidate, held_since } = row;
  const head = ({ head: digest, made_at, detail }: HeadSummary): string =>
    `head ${digest.slice(0, 12)} of ${formatTime(Date.parse(made_at))}: ${detail}`;
  return [
    `${lane}`,
    `  gathered   ${passages} passages, as much as ${equal_passages} equal ones (${needed} make a head)`,
    `  in use     ${used === null ? 'the configured head' : head(used)}`,
    ...(before === null ? [] : [`  before     ${head(before)}`]),
    ...(candidate === null
      ? []
      : [
          `  ${VERDICTS[candidate.verdict]}   ${head(candidate)}`,
          ...(candidate.granted_passages === 0
            ? []
            : [`             compared behind both: ${candidate.granted_passages} granted passages`]),
        ]),
    ...(held_since === null
      ? []
      : [
          `  held       since ${formatTime(Date.parse(held_since))}: taken back; take one with twinstile adapt use`,
        ]),
  ];
}
