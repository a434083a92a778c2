/** Makes and evaluates a head for each lane, one after the other, and formats the results. */

import { fmrBound } from '../../access/fmr-bound.js';
import {
  type AdaptationOutcome,
  evaluateAdaptation,
  formatWaiting,
} from '../../adaptation/evaluate-adaptation.js';
import { laneId } from '../../base/ids.js';
import { type FalseMatchRate, falseMatchRate } from '../../base/units.js';
import type { LaneConfig } from '../config/sections/lane-section.js';
import { type AdaptVerbDependencies, lanesOf } from './adapt-world.js';
import { enrolledJudges, folderJudges, type Judges } from './judge-by.js';

export interface ConsiderOptions {
  readonly lane?: string;
  /** Folder that replaces adaptation.evaluation_folder. */
  readonly judge?: string;
  /** Whether to make a head from the current sums, regardless of any candidate. */
  readonly anew: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly onLane: (lane: string, considered: AdaptationOutcome) => void;
  /** Called for an evaluation picture without a face. */
  readonly onRefused: (file: string, reason: string) => void;
}

/** @throws TwinstileError of the first lane that cannot be considered. */
export async function considerLanes(
  dependencies: AdaptVerbDependencies,
  options: ConsiderOptions,
  signal: AbortSignal,
): Promise<void> {
  const { config, card, configured, dependencies: parts, people } = dependencies;
  const {
    method,
    shrinkage,
    passages: fewest,
    mode,
    evaluation_folder: judge = undefined,
  } = config.adaptation;
  const folder = options.judge ?? judge;
  const templates = (await people.snapshot(configured.trunk.digest, configured.trunk.dimension)).owners
    .length;
  let enrolled: Judges | undefined;
  for (const lane of lanesOf(config, options.lane)) {
    if (signal.aborted) return;
    if (folder === undefined) enrolled ??= await enrolledJudges(dependencies);
    const judges =
      folder === undefined
        ? (enrolled ?? { photos: [], source: '' })
        : await folderJudges({ folder, lane }, dependencies, options, signal);
    const considered = await evaluateAdaptation(
      {
        lane: laneId(lane.id),
        recipe: { how: method, shrinkage, fewest },
        needed: neededRate(lane, templates),
        trunk: card.encoder.metric,
        configured,
        evaluatedOn: { ...judges, isFinal: folder !== undefined },
        mayUse: mode === 'use',
        anew: options.anew,
      },
      parts,
    );
    options.onLane(lane.id, considered);
  }
}

/** Formats the result of considering a lane's head as text. */
export function formatConsidered(considered: AdaptationOutcome): string {
  if (considered.outcome === 'too-few')
    return `too few passages: as much as ${Math.floor(considered.effective)} equal ones, of ${considered.fewest} that it takes.`;
  if (considered.outcome === 'waiting') return `waiting: ${formatWaiting(considered)}`;
  const { candidate, digest, outcome } = considered;
  const words = { used: 'in use', proposed: 'proposed (twinstile adapt use)', refused: 'refused' }[outcome];
  return `${words}: head ${digest.slice(0, 12)}. ${candidate.detail}`;
}

/** Returns the smallest rate that a lane requires, per comparison. @param templates number of templates in the gallery. */
export function neededRate(
  { identification, verification }: Pick<LaneConfig, 'identification' | 'verification'>,
  templates: number,
): FalseMatchRate {
  return falseMatchRate(
    Math.min(
      identification === 'off' ? 1 : fmrBound(identification.max_fpir, templates),
      verification === 'off' ? 1 : verification.max_fmr,
    ),
  );
}
