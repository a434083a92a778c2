/** Formats the rollout state of a box. */
import type { RolloutPhase, RolloutState } from '../fleet/releases/rollout-state.js';

const WORDS: Readonly<Record<RolloutPhase, string>> = {
  configured: 'none is in use: the configuration names the models',
  placed: 'the next one is here and is being examined',
  waiting: 'the next one is here and waits',
  ready: 'the next one is ready: the service takes it within seconds',
  probation: 'in use, on probation',
  settled: 'in use',
  'rolled-back': 'the next one was not taken',
};

/** Nothing where there never was a release. */
export function rolloutLines({ release, phase, why, refused }: RolloutState): readonly string[] {
  if (phase === 'configured' && refused === undefined) return [];
  const number = release === 0 ? '' : ` ${release}`;
  return [
    `Release of models${number}: ${WORDS[phase]}${why === undefined ? '' : `: ${why}`}.`,
    ...(refused === undefined ? [] : [`Release ${refused.release} is not tried again: ${refused.reason}.`]),
  ];
}
