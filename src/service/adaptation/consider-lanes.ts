/** Makes and evaluates a head for each lane, one after the other. */

import { type AdaptationOutcome, evaluateAdaptation } from '../../adaptation/evaluate-adaptation.js';
import { laneId } from '../../base/ids.js';
import { type AdaptVerbDependencies, lanesOf } from './adapt-world.js';
import { enrolledJudges, folderJudges, type Judges } from './judge-by.js';
import { neededRate } from './lane-rate.js';

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
        : await folderJudges(folder, lane, dependencies, options, signal);
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
