/** Formats the result of considering a lane's head as text. */
import { type AdaptationOutcome, formatWaiting } from '../../adaptation/evaluate-adaptation.js';

export function formatConsidered(considered: AdaptationOutcome): string {
  if (considered.outcome === 'too-few')
    return `too few passages: as much as ${Math.floor(considered.effective)} equal ones, of ${considered.fewest} that it takes.`;
  if (considered.outcome === 'waiting') return `waiting: ${formatWaiting(considered)}`;
  const { candidate, digest, outcome } = considered;
  const words = { used: 'in use', proposed: 'proposed (twinstile adapt use)', refused: 'refused' }[outcome];
  return `${words}: head ${digest.slice(0, 12)}. ${candidate.detail}`;
}
