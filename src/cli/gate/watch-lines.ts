/** Formats what a lane publishes as it happens: one line for each decision, answer of the gate, passage and change of state. */
import { explanationOf } from '../../access/decision.js';
import { isReason, presentReason } from '../../access/decision-reasons.js';
import { BoundedMap } from '../../base/bounded-map.js';
import { escapeForbidden } from '../../base/names.js';
import { type WallTime, wallTime } from '../../base/units.js';
import type { zonedTimes } from '../../base/zoned-time.js';
import type { LaneEvent } from '../../gate/watch-lanes.js';

interface LineContext {
  readonly format: ReturnType<typeof zonedTimes>;
  /** For what carries no time of its own. */
  readonly now: WallTime;
  /** By person; absent where names may not be shown or are not known here. */
  readonly nameOf: (person: string) => string | undefined;
}

/** Grants whose answer is waited for, which a relay never gives. */
const MAX_OPEN = 100;

type Answer = Extract<LaneEvent, { readonly kind: 'gate/ack' }>['message'];

/** Keeps the last messages of each lane, so that a state is shown when it changes and an answer belongs to its decision. */
export class WatchLines {
  readonly #states = new Map<string, string>();
  /** Of decisions whose gate has not answered yet: who. */
  readonly #granted = new BoundedMap<string, string>(MAX_OPEN);
  /** A decision goes through the outbox: the gate's answer may be here before it. */
  readonly #early = new BoundedMap<string, Answer>(MAX_OPEN);

  /** @returns none for what is no news, two for a decision whose gate has answered already. */
  linesOf(event: LaneEvent, context: LineContext): readonly string[] {
    const at = event.kind === 'decision' ? Date.parse(event.message.at) : Number.NaN;
    const { time } = context.format(Number.isFinite(at) ? wallTime(at) : context.now);
    const early = event.kind === 'decision' ? this.#early.get(event.message.id) : undefined;
    const texts = [this.#textOf(event, context), early === undefined ? undefined : this.#answer(early)];
    return texts.flatMap((text) => (text === undefined ? [] : [`${time} ${clean(event.lane)}: ${text}`]));
  }

  #textOf(event: LaneEvent, { nameOf }: LineContext): string | undefined {
    switch (event.kind) {
      case 'decision':
        return this.#decision(event.message, nameOf);
      case 'gate/ack':
        return this.#answer(event.message);
      case 'gate/passage':
        return event.message.grant === null
          ? `passage without a grant: ${clean(event.message.outcome)}`
          : undefined;
      case 'availability':
        return this.#changed(
          `${event.lane} availability`,
          event.message === 'offline' ? 'offline' : undefined,
        );
      case 'state':
        return this.#changed(event.lane, stateOf(event.message));
    }
  }

  /** Granted is the permission; that the gate opened is a line of its own. */
  #decision(
    message: Extract<LaneEvent, { readonly kind: 'decision' }>['message'],
    nameOf: LineContext['nameOf'],
  ): string {
    const who = whoOf(message, nameOf);
    if (message.verdict === 'refused')
      return `refused ${who}: ${sentenceOf(message)} (${clean(message.reason)})`;
    this.#granted.set(message.id, who);
    const odds = message.odds === undefined ? '' : `, ${clean(message.odds)}`;
    return `granted ${who} (${clean(message.reason)}${odds})`;
  }

  #answer(answer: Answer): string | undefined {
    const { grant, result, reason } = answer;
    // That of a session opens nothing.
    if (grant === null) return undefined;
    const who = this.#granted.get(grant);
    if (who === undefined) {
      this.#early.set(grant, answer);
      return undefined;
    }
    if (result === 'unconfirmed') return `the gate does not know yet whether it opened for ${who}`;
    this.#granted.delete(grant);
    if (result === 'opened') return `the gate opened for ${who}`;
    return `the gate stayed shut for ${who}: ${clean(reason ?? result)}`;
  }

  #changed(key: string, text: string | undefined): string | undefined {
    const before = this.#states.get(key);
    this.#states.set(key, text ?? '');
    return before === (text ?? '') || text === undefined ? undefined : text;
  }
}

function stateOf({
  mode,
  gate,
  camera,
  degraded,
  operator,
}: Extract<LaneEvent, { readonly kind: 'state' }>['message']): string {
  return [
    `mode ${clean(mode)}`,
    ...(operator === undefined ? [] : [`ordered ${clean(operator)}`]),
    ...(gate === undefined ? [] : [`gate ${clean(gate)}`]),
    ...(camera === undefined ? [] : [`camera ${clean(camera)}`]),
    degraded.length === 0 ? 'well' : `not well: ${degraded.map(clean).join(', ')}`,
  ].join(', ');
}

function whoOf(
  { person, name, badge, operator, mode }: Extract<LaneEvent, { readonly kind: 'decision' }>['message'],
  nameOf: LineContext['nameOf'],
): string {
  if (person !== undefined) {
    const known = name ?? nameOf(person);
    return known === undefined ? clean(person) : `${clean(known)} (${clean(person)})`;
  }
  if (operator !== undefined) return `operator ${clean(operator)}`;
  if (badge !== undefined) return `badge ${clean(badge)}`;
  return mode === 'identification' ? 'a face' : 'a person';
}

function sentenceOf({
  reason: code,
  explanation,
}: Extract<LaneEvent, { readonly kind: 'decision' }>['message']): string {
  const reason = presentReason(code);
  const text = isReason(reason) ? explanationOf({ reason }) : (explanation ?? 'no reason was said');
  return clean(text).replace(/\.$/, '');
}

/** Any login that may publish chooses these texts. */
const clean = (text: string): string => escapeForbidden(text);
