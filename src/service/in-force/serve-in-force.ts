/** Records in the journal what is in force on this box: at the start, at each reload, and when lanes change heads. */

import { pause } from '../../base/delay.js';
import { explain } from '../../base/errors.js';
import { type LaneId, laneId } from '../../base/ids.js';
import { millis } from '../../base/units.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import type { Authority } from '../../gate/operator-command/authority.js';
import type { Log } from '../../platform/log.js';
import type { ActSource } from '../../records/journal/act.js';
import { TemplateCipher } from '../../records/people/template-cipher.js';
import type { Tables } from '../../records/sql-port.js';
import type { Config } from '../config/config-schema.js';
import type { Secrets } from '../setup/secrets.js';
import {
  type InForce,
  type InForceAct,
  openPartTag,
  type PartTag,
  recordInForceIn,
  tagged,
} from './in-force.js';
import {
  keysInForce,
  lanesInForce,
  modelFacts,
  modelsInForce,
  operatorKeysInForce,
  type ReloadedRules,
  rulesInForce,
} from './parts-in-force.js';

export interface InForceDependencies {
  readonly config: Config;
  readonly tables: Pick<Tables, 'write'>;
  readonly acts: ActSource;
  readonly secrets: Pick<Secrets, 'galleryKey' | 'grantKey' | 'gates'>;
  /** Value of CREDENTIALS_DIRECTORY. */
  readonly credentials: string | undefined;
  readonly card: ModelCard;
  readonly comparison: Comparison;
  /** Returns the head through which a lane compares now. */
  readonly through: (lane: LaneId) => Comparison;
  readonly log: Pick<Log, 'error' | 'info'>;
}

export interface InForceWriter {
  /**
   * Records what is in force at the start. A failed write is repeated while the service runs: a full disk must
   * not prevent its start.
   */
  begin(rules: ReloadedRules, authority: Authority): Promise<void>;
  /**
   * Call it before a reload takes effect. @throws TwinstileError 'journal-broken' | 'gallery-unusable': the
   * reload must not take effect.
   */
  reload(rules: ReloadedRules, authority: Authority): Promise<void>;
  /** Call it when lanes may compare through other heads than before. Never throws. */
  lanesRenewed(): Promise<void>;
  /** Runs until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const TRY_AGAIN_EVERY = millis(5000);

/** @throws TwinstileError 'key-unusable' | 'gallery-unusable'. */
export async function serveInForce(dependencies: InForceDependencies): Promise<InForceWriter> {
  const { tables, acts, log } = dependencies;
  const statesOf = await openStates(dependencies);
  /** Parts that are in force and not yet in the journal. */
  const waiting = new Map<InForceAct, InForce>();
  let isFailing = false;
  let last: Promise<unknown> = Promise.resolve();
  /** Sequential: the newest row must describe what came into force last. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => {});
    return done;
  };
  const write = async (states: readonly InForce[]): Promise<void> => {
    const rows = await tables.write(async (sql) => {
      const written = [];
      for (const state of states) written.push(await recordInForceIn(sql, acts, state));
      return written;
    });
    for (const { act } of states) waiting.delete(act);
    for (const row of rows) if (row !== undefined) log.info({ act: row.body.act, seq: row.seq }, 'in force');
  };
  const tryWaiting = async (): Promise<void> => {
    if (waiting.size === 0) return;
    try {
      await write([...waiting.values()]);
      isFailing = false;
    } catch (error) {
      if (!isFailing) log.error({ detail: explain(error) }, 'what is in force cannot be written down');
      isFailing = true;
    }
  };
  const soon = (states: readonly InForce[]): Promise<void> =>
    inTurn(() => {
      for (const state of states) waiting.set(state.act, state);
      return tryWaiting();
    });
  let lanesWere = JSON.stringify([...lanesOf(dependencies)]);
  return {
    begin: (rules, authority) => soon(statesOf(rules, authority)),
    reload: (rules, authority) => inTurn(() => write(statesOf(rules, authority))),
    async lanesRenewed() {
      const now = JSON.stringify([...lanesOf(dependencies)]);
      if (now === lanesWere) return;
      lanesWere = now;
      await soon([statesOf.models()]);
    },
    async run(signal) {
      while (!signal.aborted) {
        await pause(TRY_AGAIN_EVERY, signal);
        if (!signal.aborted) await inTurn(tryWaiting);
      }
    },
  };
}

const lanesOf = ({ config, comparison, through }: InForceDependencies): ReadonlyMap<string, unknown> =>
  lanesInForce(
    config.lanes.map(({ id }) => laneId(id)),
    comparison,
    through,
  );

interface StatesOf {
  (rules: ReloadedRules, authority: Authority): readonly InForce[];
  models(): InForce;
}

/** Reads once what does not change while the service runs. */
async function openStates(dependencies: InForceDependencies): Promise<StatesOf> {
  const { config, tables, secrets, credentials, card, comparison } = dependencies;
  const tag: PartTag = await tables.write(async (sql) =>
    openPartTag(sql, new TemplateCipher(secrets.galleryKey)),
  );
  const ownKeys = tagged(tag, await keysInForce(config, secrets, credentials));
  const ownModels = tagged(tag, modelsInForce(card, comparison, config));
  const facts = modelFacts(card, comparison);
  const models = (): InForce => ({
    act: 'models-changed',
    parts: new Map([...ownModels, ...tagged(tag, lanesOf(dependencies))]),
    facts,
  });
  const statesOf = (rules: ReloadedRules, authority: Authority): readonly InForce[] => [
    { act: 'rules-changed', parts: tagged(tag, rulesInForce(config, rules)) },
    models(),
    {
      act: 'keys-changed',
      parts: new Map([...ownKeys, ...tagged(tag, operatorKeysInForce(authority))]),
    },
  ];
  return Object.assign(statesOf, { models });
}
