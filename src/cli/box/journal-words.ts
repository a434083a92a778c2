/** Formats in one line what a row of the journal is about, for a person who asks what happened. */
import { explanationOf } from '../../access/decision.js';
import { isReason, presentReason } from '../../access/decision-reasons.js';
import { escapeForbidden } from '../../base/names.js';
import type { Happening } from '../../records/journal/happening.js';
import type { JournalRow } from '../../records/journal/journal.js';

/** A happening taken apart into what a table shows; absent parts are empty. */
export interface HappeningWords {
  /** What: "let in", "refused", "alert forced-open". */
  readonly what: string;
  /** About whom: "Ada Lovelace (ada)". */
  readonly who: string;
  readonly lane: string;
  /** By what: "face", "badge and face", "operator desk-1". */
  readonly how: string;
  /** "opened", "not opened: gate-offline", or why it was refused. */
  readonly result: string;
  /** A sentence for what the result means; empty where the code is clear. */
  readonly explanation: string;
}

/** Directions of the lanes that the configuration has; of others it is not known. */
export type Directions = ReadonlyMap<string, 'in' | 'out'>;

/** "let in Ada Lovelace (ada), north, face, opened". */
export const lineOfWords = ({ what, who, lane, how, result }: HappeningWords): string =>
  [[what, who].filter((part) => part !== '').join(' '), lane, how, result]
    .filter((part) => part !== '')
    .join(', ');

export function wordsOf(happening: Happening, directions: Directions): HappeningWords {
  const { row } = happening;
  switch (row.kind) {
    case 'decision':
      return row.body.verdict === 'granted' ? ofGrant(happening, directions) : ofRefusal(happening);
    case 'passage':
      return words(happening, `passage ${text(row.body.outcome)}`, {
        result: row.body.granted === true ? '' : 'without a grant',
      });
    case 'outcome':
      return words(happening, `outcome ${endOf(row.body)}`, {});
    case 'notice':
      return words(happening, `alert ${text(row.body.notice)}`, { result: factsOf(row) });
    case 'command':
      return ofCommand(happening);
    case 'act':
      return words(happening, `act ${text(row.body.act)}`, {
        how: `by ${text(row.body.by)}`,
        result: factsOf(row),
      });
  }
}

/** `granted` is not `opened`: only the gate reports that. */
function ofGrant(happening: Happening, directions: Directions): HappeningWords {
  const { row, outcome, passages } = happening;
  const { mode, reason, operator } = row.body;
  const moved = outcome?.outcome === 'opened' || outcome?.outcome === 'pulsed';
  const direction = directions.get(text(row.body.lane)) ?? 'in';
  return words(happening, moved ? `let ${direction}` : 'granted', {
    how: mode === 'operator' && operator !== undefined ? `operator ${text(operator)}` : howOf(mode, reason),
    result: [resultOf(outcome, moved), ...passages.map(passageText)].join(', '),
    explanation: sentenceFor(reason),
  });
}

function resultOf(outcome: Happening['outcome'], moved: boolean): string {
  if (outcome === undefined) return 'no outcome yet';
  if (moved) return endOf(outcome);
  return outcome.outcome === 'unconfirmed' ? 'not confirmed' : `not opened: ${endOf(outcome)}`;
}

const passageText = (outcome: string): string => (outcome === 'timeout' ? 'not passed' : text(outcome));

function ofRefusal(happening: Happening): HappeningWords {
  const { mode, reason } = happening.row.body;
  return words(happening, 'refused', {
    how: howOf(mode, reason),
    result: text(reason),
    explanation: sentenceFor(reason),
  });
}

function ofCommand(happening: Happening): HappeningWords {
  const { row, outcome } = happening;
  const { operation, operator, claimed, result, reason } = row.body;
  const end = outcome ?? (result === undefined ? undefined : { outcome: result, reason });
  const by = operator === undefined ? `claimed by ${text(claimed) || 'no one'}` : `by ${text(operator)}`;
  return words(happening, `command ${text(operation)}`, {
    how: by,
    result: end === undefined ? 'no outcome yet' : endOf(end),
  });
}

const endOf = ({ outcome, reason }: JournalRow['body']): string =>
  reason === undefined ? text(outcome) : `${text(outcome)} (${text(reason)})`;

function words(
  happening: Happening,
  what: string,
  { how = '', result = '', explanation = '' }: Partial<HappeningWords>,
): HappeningWords {
  return { what, who: whoOf(happening), lane: text(happening.row.body.lane), how, result, explanation };
}

function whoOf({ row: { kind, body, seal }, name }: Happening): string {
  const { person, badge, mode } = body;
  if (person !== undefined)
    return name === undefined || name === person ? text(person) : `${text(name)} (${text(person)})`;
  if (body.name !== undefined) return text(body.name);
  if (badge !== undefined) return `badge ${text(badge)}`;
  if (seal !== undefined && seal.salt === undefined) return 'a person since forgotten';
  if (kind !== 'decision') return '';
  return mode === 'identification' && body.verdict === 'refused' ? 'a face' : 'a person';
}

const MODES: Readonly<Record<string, string>> = {
  identification: 'face',
  verification: 'badge and face',
  'free-exit': 'free exit',
};

const howOf = (mode: unknown, reason: unknown): string =>
  reason === 'document-verified' ? 'pass and face' : (MODES[text(mode)] ?? text(mode));

function sentenceFor(code: unknown): string {
  const reason = presentReason(text(code));
  return isReason(reason) ? explanationOf({ reason }) : '';
}

/** Shown in places of their own. */
const SHOWN: ReadonlySet<string> = new Set(['person', 'name', 'lane', 'notice', 'act', 'by', 'verdict']);

const factsOf = ({ body }: JournalRow): string =>
  Object.entries(body)
    .filter(([key, value]) => !SHOWN.has(key) && value !== undefined && value !== null)
    .map(([key, value]) => `${text(key)} ${text(value)}`)
    .join(', ');

/** Nothing in a row writes anywhere else than in its own place: badges and claimed names come from outside. */
const text = (value: unknown): string => {
  if (value === undefined || value === null) return '';
  return escapeForbidden(typeof value === 'string' ? value : JSON.stringify(value));
};
