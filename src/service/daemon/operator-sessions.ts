/** Executes operator commands: modes, resets, reloads, erasures, snapshots. */
import { randomBytes } from 'node:crypto';
import { isOperatorMode, type OperatorMode } from '../../access/policy/model.js';
import { explain, TwinstileError } from '../../base/errors.js';
import { type LaneId, type PersonId, personId } from '../../base/ids.js';
import { type Authority, createCommandChallenges } from '../../gate/operator-command/authority.js';
import type { Answer, LaneCommands, TakenCommands } from '../../gate/operator-command/operator-commands.js';
import { verifyingKey } from '../../gate/protocol/signature.js';
import type { Log } from '../../platform/log.js';
import { MAX_KEY_FILE, readPlainFile } from '../../platform/plain-file.js';
import { DISPUTE_DAYS } from '../../records/disputes/dispute.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import type { Snapshot, SnapshotSource } from '../../vision/ports/vision.js';
import type { Config } from '../config/config-schema.js';
import type { CoreServices } from '../core-socket/core-session.js';
import type { BoxAccess } from './access-service.js';

export interface OperatorSessionsDependencies {
  readonly config: Config;
  readonly access: BoxAccess;
  readonly people: Pick<GalleryStore, 'find'>;
  readonly taken: TakenCommands;
  /** Erases a person from all data of the box. @returns where data of the person is left. */
  readonly erase: (person: PersonId, operator: string) => Promise<{ readonly left: readonly string[] }>;
  /** Whether the next version of a fleet's gallery would restore the person; absent: no person comes from a fleet. */
  readonly isFromFleet?: (person: PersonId) => Promise<boolean>;
  readonly log: Log;
  readonly reload?: ReloadHooks;
  /** Requests a newer gallery from the fleet source; absent where there is none. */
  readonly pull?: () => void;
  /** Takes a dispute of a passage at that lane; absent: none is taken. */
  readonly dispute?: CoreServices['dispute'];
}

export interface ReloadHooks {
  /** Reads the configuration again; absent where it did not come from a file. @throws TwinstileError 'config-invalid'. */
  readonly reread?: () => Promise<Config>;
  /** Wraps the work of a reload and reports it to the supervisor of this program. */
  readonly whileReloading?: (work: () => Promise<Answer>) => Promise<Answer>;
  /** Records what a reload brings into force, before it does; if it throws, the previous rules stay in force. */
  readonly beforeReload?: (rules: Pick<Config, 'access' | 'commands'>, authority: Authority) => Promise<void>;
}

export interface OperatorSessions {
  authority(): Authority;
  commandsOf(lane: LaneId, camera: SnapshotSource): LaneCommands;
  /** Reloads, also for SIGHUP. */
  reload(): Promise<Answer>;
}

/** Settings that a reload changes; all others need a restart. */
const RELOADED: readonly (keyof Config)[] = ['access', 'commands'];

/** @throws TwinstileError 'key-unusable'. */
export async function createOperatorSessions(
  dependencies: OperatorSessionsDependencies,
): Promise<OperatorSessions> {
  const { access, config, log, taken } = dependencies;
  const { authority, reload } = await createReload(dependencies);
  const setMode = async (lane: LaneId, mode: OperatorMode, operator: string): Promise<Answer> => {
    const saved = await access.setMode(lane, mode);
    log.warn({ lane, mode, operator }, 'an operator ordered a mode');
    return { result: 'ok', mode, saved };
  };
  const handlersOf = (lane: LaneId, camera: SnapshotSource): LaneCommands['handlers'] => ({
    lockdown: ({ operator }) => setMode(lane, 'lockdown', operator),
    mode: async ({ operator, argument }) =>
      isOperatorMode(argument)
        ? setMode(lane, argument, operator)
        : { result: 'refused', reason: 'mode-missing' },
    reset: async ({ argument }) => {
      access.reset(argument === '' ? undefined : personId(argument));
      return { result: 'ok' };
    },
    reload,
    sync: async () => {
      if (dependencies.pull === undefined) return { result: 'refused', reason: 'no-source' };
      dependencies.pull();
      return { result: 'ok' };
    },
    erase: ({ argument, operator }) => erase(dependencies, argument, operator),
    dispute: ({ argument, operator }) => dispute(dependencies, { lane, decision: argument, operator }),
    snapshot: ({ operator }) => {
      log.warn({ lane, operator }, 'an operator ordered a picture');
      return answerWithSnapshot(config.privacy, camera);
    },
  });
  return {
    authority,
    reload,
    commandsOf: (lane, camera) => ({
      authority,
      challenges: createCommandChallenges(randomBytes(32)),
      taken,
      nonce: () => randomBytes(8),
      handlers: handlersOf(lane, camera),
    }),
  };
}

/** Reads the keys of operators, and reloads configuration and keys on demand. @throws TwinstileError 'key-unusable'. */
async function createReload({
  config: atStart,
  access,
  log,
  reload: hooks = {},
}: OperatorSessionsDependencies): Promise<Pick<OperatorSessions, 'authority' | 'reload'>> {
  const { reread, whileReloading = (work) => work(), beforeReload } = hooks;
  let config = atStart;
  let authority = await readAuthority(config);
  let last: Promise<unknown> = Promise.resolve();
  const readOnce = async (): Promise<Answer> => {
    if (reread === undefined) return { result: 'refused', reason: 'no-file' };
    try {
      const next = await reread();
      // Keys first: if one cannot be read, nothing has changed.
      const nextAuthority = await readAuthority(next);
      await beforeReload?.(next, nextAuthority);
      authority = nextAuthority;
      access.replace(next);
      const changed = changedKeys(config, next);
      config = next;
      const [applied, later] = [true, false].map((now) =>
        changed.filter((key) => RELOADED.includes(key) === now),
      );
      log.info({ applied, restart_needed: later }, 'configuration read again');
      return { result: 'ok', applied, restart_needed: later };
    } catch (error) {
      log.error({ detail: explain(error) }, 'the configuration cannot be used; the one before stays');
      return { result: 'failed', reason: error instanceof TwinstileError ? error.code : 'internal' };
    }
  };
  /** Sequential, so that the last recorded rules are those in force. */
  const readInTurn = (): Promise<Answer> => {
    const done = last.then(readOnce);
    last = done;
    return done;
  };
  return { authority: () => authority, reload: () => whileReloading(readInTurn) };
}

interface DisputeCommand {
  readonly lane: LaneId;
  readonly decision: string;
  readonly operator: string;
}

async function dispute(
  { dispute: take, log }: OperatorSessionsDependencies,
  { lane, decision, operator }: DisputeCommand,
): Promise<Answer> {
  if (take === undefined) return { result: 'refused', reason: 'not-disputable' };
  if (decision === '') return { result: 'refused', reason: 'decision-missing' };
  try {
    const actor = { by: `operator:${operator}` };
    const done = await take({ decision, days: DISPUTE_DAYS }, actor, lane);
    log.warn({ lane, operator, in_force: done.isInForce }, 'an operator disputed a passage');
    return {
      result: 'ok',
      dispute: done.dispute,
      person: done.person,
      remedy: done.remedy,
      in_force: done.isInForce,
      evidence: done.hadEvidence,
      until: new Date(done.until).toISOString(),
    };
  } catch (error) {
    if (!(error instanceof TwinstileError)) throw error;
    return { result: 'refused', reason: 'not-disputable', hint: explain(error) };
  }
}

async function erase(
  { access, people, isFromFleet, erase: erasePerson, log }: OperatorSessionsDependencies,
  id: string,
  operator: string,
): Promise<Answer> {
  const person = personId(id);
  if (id === '' || (await people.find(person)) === undefined)
    return { result: 'refused', reason: 'person-unknown' };
  if ((await isFromFleet?.(person)) === true) return { result: 'refused', reason: 'erase-at-registrar' };
  access.forget(person);
  const { left } = await erasePerson(person, operator);
  if (left.length > 0) log.error({ places: left.length }, 'an erased person is left in some places');
  return { result: 'ok', complete: left.length === 0 };
}

const changedKeys = (before: Config, after: Config): readonly (keyof Config)[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)] as (keyof Config)[])].filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );

const HINTS: Readonly<Record<Extract<Snapshot, { kind: 'none' }>['reason'], string>> = {
  'camera-not-live':
    'The camera gives no picture: look at "camera" in the lane’s state, or run twinstile doctor.',
  'vision-restarting': 'Ask again in some seconds: what looks at the camera is being started.',
  busy: 'Ask again: another picture of this lane is on its way.',
};

/**
 * Takes a picture of a lane's camera for an operator, where the site allows it. The picture is sent with the answer and is not
 * stored.
 */
export async function answerWithSnapshot(
  { snapshot: rule }: Pick<Config['privacy'], 'snapshot'>,
  camera: SnapshotSource,
): Promise<Answer> {
  if (rule !== 'allowed')
    return {
      result: 'refused',
      reason: 'snapshot-off',
      hint: 'Set privacy.snapshot to allowed in the configuration of the box, and restart it.',
    };
  const snapshot = await camera.snapshot();
  if (snapshot.kind === 'none') {
    const { reason } = snapshot;
    return { result: 'failed', reason, hint: HINTS[reason] };
  }
  const { bytes, width, height } = snapshot;
  return { result: 'ok', width, height, jpeg: Buffer.from(bytes).toString('base64') };
}

/** Reads who may sign a command, with their keys. @throws TwinstileError 'key-unusable'. */
export async function readAuthority({ commands }: Pick<Config, 'commands'>): Promise<Authority> {
  const operators = await Promise.all(
    commands.operators.map(async ({ id, key_file: file, permissions }) => {
      const key = verifyingKey(id, 'ed25519', await contentOf(file));
      return [id, { key, permissions: new Set(permissions) }] as const;
    }),
  );
  return {
    operators: new Map(operators),
    brokerUsers: new Map(
      commands.trust_broker
        ? commands.broker_users.map(({ id, permissions }) => [id, { permissions: new Set(permissions) }])
        : [],
    ),
  };
}

async function contentOf(file: string): Promise<Uint8Array> {
  try {
    return await readPlainFile(file, { maxBytes: MAX_KEY_FILE });
  } catch (cause) {
    throw new TwinstileError({
      code: 'key-unusable',
      message: `The public key of an operator at ${file} cannot be read.`,
      hint: 'Make a pair with: twinstile keys new operator --out DIR, and copy operator.pub there.',
      cause,
    });
  }
}
