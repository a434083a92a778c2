/** What of the published gallery is not in use at a box, and what to do. */
import type { LeftOut } from '../../fleet/fleet-ports.js';

export function leftOutLines(leftOut: readonly LeftOut[]): readonly string[] {
  if (leftOut.length === 0) return [];
  const lines = leftOut.map(({ kind, bucket, why }) => `left out    a ${kind} of segment ${bucket}: ${why}`);
  return [...lines, 'At the registrar, `twinstile gallery publish --full` says whose record it is.'];
}
