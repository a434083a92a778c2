/** The lane's page in the journal: decisions, how they ended, and who walked. */

import { type Decision, decisionMessage, evidenceOf, type LaneDecision } from '../access/decision.js';
import type { AccessAlert } from '../access/policy/alerts.js';
import { within } from '../base/delay.js';
import { explain, TwinstileError } from '../base/errors.js';
import type { DecisionId } from '../base/ids.js';
import { type Monotonic, millis } from '../base/units.js';
import type { PassageMessage } from '../gate/protocol/gate-messages.js';
import type { JournalEntry, JournalRow, OutboxMessage } from '../records/journal/journal.js';
import type { DropBurst } from './dropped-messages.js';
import type { LaneDependencies, LaneOutcome } from './lane-dependencies.js';

/** A failure is told through `onNote` and `works`, and is no exception: the gate stays shut, and the lane goes on. */
export interface LaneRecord {
  /** Whether the last entry was written. */
  readonly works: boolean;
  /** Gives a ruling its id, time and place. */
  decide(laneDecision: LaneDecision, now: Monotonic): Decision;
  /** @returns whether it is durable, and on its way to the broker; after 2 s at the latest. */
  decision(decision: Decision): Promise<boolean>;
  outcome(decision: DecisionId, outcome: LaneOutcome): Promise<boolean>;
  lateAnswer(grant: string, result: string, late: number): Promise<boolean>;
  /** @param verified whether the gate signed it. */
  passage(passage: PassageMessage, verified: boolean): Promise<boolean>;
  /** @param decision it came with, if any. */
  notice(notice: AccessAlert, decision?: DecisionId): Promise<boolean>;
  /** What came in such numbers that it was not looked at. */
  flood(flood: DropBurst): Promise<boolean>;
  /** What was ordered, before it is done. @returns its id; nothing when it could not be written. */
  command(body: Readonly<Record<string, unknown>>): Promise<string | undefined>;
  /** What became of it. */
  obeyed(command: string, body: Readonly<Record<string, unknown>>): Promise<boolean>;
  /** Closes what a process that died left open. @throws TwinstileError 'journal-broken'. */
  closeInterrupted(): Promise<void>;
}

/** A disk that takes longer is broken for our purpose: whoever stands there has stopped waiting. */
const WRITE_LIMIT = millis(2000);

export function createRecord(dependencies: LaneDependencies): LaneRecord {
  const { journal, clock, newId } = dependencies.ports;
  const { lane, topics } = dependencies.identity;
  let works = true;
  const append = (entry: Omit<JournalEntry, 'at'>, message?: OutboxMessage): Promise<JournalRow> => {
    const written = journal.append({ ...entry, body: bounded(entry.body), at: clock.wall() }, message);
    // Nobody may come for an hour: one that was too slow and is written after all says that the journal works again.
    written.then(
      () => {
        works = true;
      },
      () => {}, // Told to whoever waits for it.
    );
    return within(WRITE_LIMIT, written, tooSlow);
  };
  const tryTo = async (entry: Omit<JournalEntry, 'at'>, message?: OutboxMessage): Promise<boolean> => {
    try {
      await append(entry, message);
      works = true;
    } catch (error) {
      // What cannot be written down keeps the gate shut; a full or slow disk may be well again at the next entry.
      works = false;
      dependencies.observer?.onNote?.({ kind: 'journal-failed', detail: explain(error) });
    }
    return works;
  };
  const tell = (body: Readonly<Record<string, unknown>>): Promise<boolean> => {
    const id = newId();
    const { notice, ...rest } = body;
    const at = new Date(clock.wall()).toISOString();
    const payload = JSON.stringify({ v: 1, id, at, alert: notice, ...rest });
    return tryTo({ kind: 'notice', subject: id, body }, { id, topic: topics.alert, payload });
  };

  return {
    get works() {
      return works;
    },
    decide: (laneDecision, now) => ({
      ...laneDecision,
      id: newId(),
      at: clock.wall(),
      lane,
      frameAge:
        laneDecision.frameAt === undefined ? undefined : millis(Math.max(0, now - laneDecision.frameAt)),
      galleryVersion: dependencies.gallery().snapshot.version,
      model: dependencies.gallery().snapshot.digest,
    }),
    decision(decision) {
      const { people } = dependencies.gallery().snapshot;
      const person = decision.person === undefined ? undefined : people.get(decision.person);
      const name = dependencies.features?.publishNames === true ? person?.name : undefined;
      const payload = JSON.stringify(decisionMessage(decision, name));
      return tryTo(
        { kind: 'decision', subject: decision.id, body: evidenceOf(decision) },
        // A badge that nobody has, or that no face follows, is whatever a stranger publishes.
        { id: decision.id, topic: topics.decision, payload, outside: isOfMessage(decision) },
      );
    },
    outcome: (decision, outcome) =>
      tryTo({ kind: 'outcome', subject: decision, body: { lane, ...bodyOf(outcome) } }),
    lateAnswer: (grant, result, late) =>
      tryTo({ kind: 'outcome', subject: grant, body: { lane, outcome: result, late_ms: Math.round(late) } }),
    passage: ({ grant, outcome, direction }, verified) =>
      tryTo({
        kind: 'passage',
        subject: grant ?? newId(),
        body: { lane, outcome, direction, granted: grant !== null, verified },
      }),
    notice({ notice, ...about }, decision) {
      const { lane: _, ...rest } = about;
      return tell({ lane, notice, ...rest, decision });
    },
    flood: ({ topic, dropped, span }) =>
      tell({ lane, notice: 'messages-dropped', topic, dropped, span_s: Math.round(span / 1000) }),
    async command(body) {
      const id = newId();
      return (await tryTo({ kind: 'command', subject: id, body: { lane, ...body } })) ? id : undefined;
    },
    obeyed: (command, body) => tryTo({ kind: 'outcome', subject: command, body: { lane, ...body } }),
    async closeInterrupted() {
      for (const { subject, body } of await journal.unfinished()) {
        if (body.lane !== lane) continue;
        await append({ kind: 'outcome', subject, body: { lane, outcome: 'interrupted' } });
        dependencies.observer?.onNote?.({ kind: 'interrupted', decision: subject });
      }
    },
  };
}

const isOfMessage = ({ verdict, track, badge }: Decision): boolean =>
  verdict === 'refused' && track === undefined && badge !== undefined;

/** Longer than any name, digest or reason: what is longer came from outside and is cut before it is written down. */
const MAX_TEXT = 256;

const bounded = (body: JournalEntry['body']): JournalEntry['body'] =>
  Object.fromEntries(
    Object.entries(body).map(([key, value]) => [
      key,
      typeof value === 'string' && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value,
    ]),
  );

function bodyOf(outcome: LaneOutcome): Readonly<Record<string, unknown>> {
  return {
    outcome: outcome.outcome,
    reason: 'reason' in outcome ? outcome.reason : undefined,
    unproven: 'unproven' in outcome ? true : undefined,
    latency_ms:
      'latency' in outcome && outcome.latency !== undefined ? Math.round(outcome.latency) : undefined,
  };
}

const tooSlow = (): TwinstileError =>
  new TwinstileError({
    code: 'journal-broken',
    message: `Expected the journal to be written within ${WRITE_LIMIT} ms, got nothing.`,
    hint: 'Check the disk that holds the database.',
  });
