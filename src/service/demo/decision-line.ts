/** Formats one decision as one line of the demonstration. Pure. */

import type { Decision } from '../../access/decision.js';
import { explanationOf } from '../../access/decision.js';
import { formatPromise } from '../../access/fmr-bound.js';
import { howOften, plural } from '../../base/plural.js';
import type { LaneNote, LaneOutcome } from '../../lane/lane-dependencies.js';

const WIDEST_GATE = 'LET IN'.length;

/** Header above the lines of `decisionLine`. */
export const HEADING = [
  'time    ',
  'who       ',
  'gate'.padEnd(WIDEST_GATE),
  'false match'.padStart(14),
  'agree'.padStart(9),
  'liveness      ',
  'picture',
  '',
].join('  ');

/** "14:03:12  ada      LET IN  1 in 12,000   3 frames  no liveness   96 ms   gate opened, 4 ms" */
export function decisionLine(decision: Decision, outcome?: LaneOutcome): string {
  const who = decision.person ?? 'unknown';
  const odds = decision.fmr === undefined ? '-' : formatPromise(decision.fmr, decision.extrapolated);
  return [
    new Date(decision.at).toTimeString().slice(0, 8),
    who.padEnd(10),
    gateColumn(decision, outcome).padEnd(WIDEST_GATE),
    odds.padStart(14),
    plural(decision.frames, 'frame ', 'frames').padStart(9),
    livenessOf(decision).padEnd(14),
    `${decision.frameAge === undefined ? '-' : Math.round(decision.frameAge)} ms`.padStart(7),
    outcome === undefined ? explanationOf(decision) : gateOf(outcome),
  ].join('  ');
}

/** Formats the action of the gate: a grant that was withdrawn, refused or never answered opened nothing. */
function gateColumn({ verdict }: Decision, outcome: LaneOutcome | undefined): string {
  if (verdict === 'refused') return 'SHUT';
  if (outcome === undefined) return 'GRANT';
  if (outcome.outcome === 'opened' || outcome.outcome === 'pulsed') return 'LET IN';
  return outcome.outcome === 'unconfirmed' || outcome.outcome === 'gate-unreachable' ? 'UNSURE' : 'SHUT';
}

const livenessOf = (decision: Decision): string =>
  decision.liveness === undefined
    ? 'no liveness'
    : `${decision.livenessVerdict ?? 'undecided'} ${decision.liveness.toFixed(2)}`;

function gateOf(outcome: LaneOutcome): string {
  switch (outcome.outcome) {
    case 'opened':
      return `gate opened, acknowledged after ${Math.round(outcome.latency)} ms`;
    case 'refused':
      return `gate refused: ${outcome.reason}`;
    case 'withdrawn':
      return `withdrawn: ${outcome.reason}`;
    case 'unconfirmed':
      return 'the gate cannot tell whether it opened';
    case 'pulsed':
      return 'relay was told to open';
    case 'gate-unreachable':
      return 'gate did not answer';
    case 'gate-offline':
      return 'gate is offline, nothing was sent';
    case 'broker-disconnected':
      return 'broker is disconnected, nothing was sent';
    case 'journal-failed':
      return 'could not be written down, nothing was sent';
  }
}

/** Formats what keeps the lane from deciding, which would otherwise produce no output. */
export function faultLine(note: LaneNote): string | undefined {
  if (note.kind === 'vision-restarting') return `The vision process is replaced: ${note.cause}`;
  if (note.kind !== 'camera' || note.status === 'live' || note.status === 'opening') return undefined;
  return `Camera ${note.status}${note.detail === undefined ? '.' : `: ${note.detail}`}`;
}

export interface Tally {
  count(decision: Decision, outcome?: LaneOutcome): void;
  /** @param seconds duration of the demonstration. */
  lines(seconds: number): readonly string[];
}

/** Counts for the summary at the end. */
export function createTally(): Tally {
  const people = new Set<string>();
  let opened = 0;
  let granted = 0;
  let shut = 0;
  const ages: number[] = [];
  return {
    count(decision, outcome) {
      if (decision.verdict === 'granted') {
        granted += 1;
        if (decision.person !== undefined) people.add(decision.person);
        if (outcome?.outcome === 'opened' || outcome?.outcome === 'pulsed') opened += 1;
        if (decision.frameAge !== undefined) ages.push(decision.frameAge);
      } else shut += 1;
    },
    lines(seconds) {
      const middle = ages.sort((a, b) => a - b)[ages.length >> 1];
      return [
        `In ${Math.round(seconds)} s the gate opened ${howOften(opened)} for ${plural(people.size, 'different person', 'different people')}, and stayed shut ${howOften(shut)}.`,
        ...(granted > opened ? [`${granted - opened} grants did not open it: see above.`] : []),
        ...(middle === undefined
          ? []
          : [`From picture to decision: ${Math.round(middle)} ms in the middle of ${ages.length} grants.`]),
      ];
    },
  };
}
