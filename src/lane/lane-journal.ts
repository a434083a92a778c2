/** Writes a lane's decisions, their outcomes, passages and operator commands to the journal. */

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

/** A disk that takes longer is broken for this purpose: the person at the gate has stopped waiting. */
const WRITE_LIMIT = millis(2000);

/** A failure is reported through `onNote` and `works` and is no exception: the gate stays shut, and the lane goes on. */
export class LaneRecord {
  readonly #lane: LaneDependencies;
  #works = true;

  constructor(lane: LaneDependencies) {
    this.#lane = lane;
  }

  /** Whether the last entry was written. */
  get works(): boolean {
    return this.#works;
  }

  /** Gives a lane decision its id, time and place. */
  decide(laneDecision: LaneDecision, now: Monotonic): Decision {
    const { ports, identity } = this.#lane;
    const { version, digest } = this.#lane.gallery().snapshot;
    const { frameAt } = laneDecision;
    return {
      ...laneDecision,
      id: ports.newId(),
      at: ports.clock.wall(),
      lane: identity.lane,
      frameAge: frameAt === undefined ? undefined : millis(Math.max(0, now - frameAt)),
      galleryVersion: version,
      model: digest,
    };
  }

  /** @returns whether it is durable, and on its way to the broker; after 2 s at the latest. */
  decision(decision: Decision): Promise<boolean> {
    const { people } = this.#lane.gallery().snapshot;
    const person = decision.person === undefined ? undefined : people.get(decision.person);
    const name = this.#lane.features?.publishNames === true ? person?.name : undefined;
    const payload = JSON.stringify(decisionMessage(decision, name));
    const { topics } = this.#lane.identity;
    return this.#tryTo(
      { kind: 'decision', subject: decision.id, body: evidenceOf(decision) },
      // A badge that no one holds, or that no face follows, is whatever an outsider publishes.
      { id: decision.id, topic: topics.decision, payload, outside: isOfMessage(decision) },
    );
  }

  outcome(decision: DecisionId, outcome: LaneOutcome): Promise<boolean> {
    return this.#tryTo({ kind: 'outcome', subject: decision, body: this.#body(bodyOf(outcome)) });
  }

  lateAnswer(grant: string, result: string, late: number): Promise<boolean> {
    const body = this.#body({ outcome: result, late_ms: Math.round(late) });
    return this.#tryTo({ kind: 'outcome', subject: grant, body });
  }

  /** @param verified whether the gate signed it. */
  passage({ grant, outcome, direction }: PassageMessage, verified: boolean): Promise<boolean> {
    return this.#tryTo({
      kind: 'passage',
      subject: grant ?? this.#lane.ports.newId(),
      body: this.#body({ outcome, direction, granted: grant !== null, verified }),
    });
  }

  /** @param decision that it came with, if any. */
  notice({ notice, ...about }: AccessAlert, decision?: DecisionId): Promise<boolean> {
    const { lane: _, ...rest } = about;
    return this.#alert(this.#body({ notice, ...rest, decision }));
  }

  /** Messages that came in such numbers that they were dropped unread. */
  flood({ topic, dropped, span }: DropBurst): Promise<boolean> {
    const about = { notice: 'messages-dropped', topic, dropped, span_s: Math.round(span / 1000) };
    return this.#alert(this.#body(about));
  }

  /** An operator command, before it is done. @returns its id; undefined when it could not be written. */
  async command(body: Readonly<Record<string, unknown>>): Promise<string | undefined> {
    const id = this.#lane.ports.newId();
    const isWritten = await this.#tryTo({ kind: 'command', subject: id, body: this.#body(body) });
    return isWritten ? id : undefined;
  }

  /** The outcome of an operator command. */
  commandOutcome(command: string, body: Readonly<Record<string, unknown>>): Promise<boolean> {
    return this.#tryTo({ kind: 'outcome', subject: command, body: this.#body(body) });
  }

  /** Closes what a process that died left open. @throws TwinstileError 'journal-broken'. */
  async closeInterrupted(): Promise<void> {
    for (const { subject, body } of await this.#lane.ports.journal.unfinished()) {
      if (body.lane !== this.#lane.identity.lane) continue;
      await this.#append({ kind: 'outcome', subject, body: this.#body({ outcome: 'interrupted' }) });
      this.#lane.observer?.onNote?.({ kind: 'interrupted', decision: subject });
    }
  }

  #body(about: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return { lane: this.#lane.identity.lane, ...about };
  }

  #alert(body: Readonly<Record<string, unknown>>): Promise<boolean> {
    const { ports, identity } = this.#lane;
    const id = ports.newId();
    const { notice, ...rest } = body;
    const at = new Date(ports.clock.wall()).toISOString();
    const payload = JSON.stringify({ v: 1, id, at, alert: notice, ...rest });
    return this.#tryTo({ kind: 'notice', subject: id, body }, { id, topic: identity.topics.alert, payload });
  }

  async #tryTo(entry: Omit<JournalEntry, 'at'>, message?: OutboxMessage): Promise<boolean> {
    try {
      await this.#append(entry, message);
      this.#works = true;
    } catch (error) {
      // What cannot be written down keeps the gate shut; a full or slow disk may have recovered at the next entry.
      this.#works = false;
      this.#lane.observer?.onNote?.({ kind: 'journal-failed', detail: explain(error) });
    }
    return this.#works;
  }

  #append(entry: Omit<JournalEntry, 'at'>, message?: OutboxMessage): Promise<JournalRow> {
    const { journal, clock } = this.#lane.ports;
    const written = journal.append({ ...entry, body: bounded(entry.body), at: clock.wall() }, message);
    // No one may come for an hour: an entry that was too slow and is written after all shows that the journal works again.
    written.then(
      () => {
        this.#works = true;
      },
      () => {}, // Reported to the caller that waits for it.
    );
    return within(WRITE_LIMIT, written, tooSlow);
  }
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
    message: `Journal was not written within ${WRITE_LIMIT} ms.`,
    hint: 'Check the disk that holds the database.',
  });
