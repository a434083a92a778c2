/** Lists the rules, keys and models of a box as named parts. */
import { createHash } from 'node:crypto';
import type { LaneId } from '../../base/ids.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import { digestOf, type ModelCard } from '../../biometrics/model-card.js';
import type { Authority } from '../../gate/operator-command/authority.js';
import { fingerprintOf } from '../../gate/protocol/signature.js';
import { deviceKey } from '../../platform/device-key.js';
import { MAX_KEY_FILE, readPlainFile } from '../../platform/plain-file.js';
import type { Config } from '../config/config-schema.js';
import type { AccessConfig } from '../config/sections/access-section.js';
import type { LaneConfig } from '../config/sections/lane-section.js';
import { placeOf, readSecret } from '../config/sections/secret-place.js';
import type { Secrets } from '../setup/secrets.js';

export type ReloadedRules = Pick<Config, 'access' | 'commands'>;
type Parts = Map<string, unknown>;

/** Limits the name of a rule: one with many groups is named by the first ones. */
const MAX_NAME = 200;

/**
 * Who may pass, and who may command, by the configuration. Ids of people and badges are only in the values, never in a name.
 * @param running configuration that the service was started with. @param reloaded rules that a reload replaces.
 */
export function rulesInForce(
  running: Pick<Config, 'lanes' | 'gallery'>,
  { access, commands }: ReloadedRules,
): ReadonlyMap<string, unknown> {
  const parts: Parts = new Map();
  for (const lane of running.lanes) put(parts, `lane ${lane.id}`, rulesOfLane(lane));
  if (access === undefined) put(parts, 'no access rules: everybody who is recognised may pass', true);
  else putAccess(parts, access);
  for (const { id, permissions } of commands.operators) put(parts, `operator ${id}`, sorted(permissions));
  if (commands.trust_broker)
    for (const { id, permissions } of commands.broker_users)
      put(parts, `broker user ${id}`, sorted(permissions));
  const { fleet } = running.gallery;
  if (fleet !== undefined) {
    const {
      root_file: _,
      key_file: __,
      key_credential: ___,
      schedule: ____,
      jitter_s: _____,
      ...rest
    } = fleet;
    put(parts, 'gallery of a fleet', rest);
  }
  return parts;
}

/** Left out: cameras may be exchanged, and keys are a separate kind. */
function rulesOfLane({
  camera: _,
  gate_key_file: __,
  gate_key_credential: ___,
  document_camera: pass,
  ...lane
}: LaneConfig): unknown {
  if (pass === undefined) return lane;
  const { camera: ____, ...rest } = pass;
  return { ...lane, pass: rest };
}

function putAccess(parts: Parts, access: AccessConfig): void {
  const { holidays, schedules, groups, rules, denied_badges, zones, lanes, quotas, watch_list, ...rest } =
    access;
  for (const { id, dates } of holidays) put(parts, `holidays ${id}`, sorted(dates));
  for (const schedule of schedules) put(parts, `schedule ${schedule.id}`, schedule);
  for (const { id, people } of groups) put(parts, `group ${id}`, sorted(people));
  for (const rule of rules) put(parts, nameOf(rule), rule);
  if (denied_badges.length > 0) put(parts, 'denied badges', sorted(denied_badges));
  for (const zone of zones) put(parts, `zone ${zone}`, true);
  for (const lane of lanes) put(parts, `access at lane ${lane.id}`, lane);
  for (const quota of quotas) put(parts, `quota ${quota.id}`, quota);
  const watched = { people: sorted(watch_list.people), groups: sorted(watch_list.groups) };
  if (watched.people.length + watched.groups.length > 0) put(parts, 'watch list', watched);
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) put(parts, name, value);
}

function nameOf({
  effect,
  groups,
  lanes,
  schedule,
  first_day,
  last_day,
}: AccessConfig['rules'][number]): string {
  const days = [
    first_day === undefined ? [] : `from ${first_day}`,
    last_day === undefined ? [] : `until ${last_day}`,
  ].flat();
  const name = `${effect} ${groups.join(', ')} at ${lanes.join(', ')}: ${[schedule, ...days].join(' ')}`;
  return name.slice(0, MAX_NAME);
}

/** Two rules with the same name are two parts. */
function put(parts: Parts, name: string, value: unknown): void {
  let free = name;
  for (let n = 2; parts.has(free); n += 1) free = `${name} (${n})`;
  parts.set(free, value);
}

const sorted = (values: readonly string[]): readonly string[] => [...values].sort();

/**
 * Keys that open the gallery, sign grants, and verify gates.
 * Returns fingerprints of the keys in use since the start.
 */
export async function keysInForce(
  config: Pick<Config, 'data_dir' | 'gallery'>,
  { galleryKey, grantKey, gates }: Pick<Secrets, 'galleryKey' | 'grantKey' | 'gates'>,
  credentials: string | undefined,
): Promise<ReadonlyMap<string, unknown>> {
  const parts = new Map<string, unknown>([
    ['gallery key', fingerprintOf(galleryKey)],
    [`grant key ${grantKey.id}`, [grantKey.algorithm, grantKey.fingerprint]],
    ['key of this box', await fingerprintOfBox(config.data_dir)],
  ]);
  for (const [lane, trust] of gates)
    if (trust.protocol === 2)
      parts.set(`gate key of lane ${lane}`, trust.keys.map(({ fingerprint }) => fingerprint).sort());
  const { fleet } = config.gallery;
  if (fleet === undefined) return parts;
  const place = placeOf(fleet.key_file, fleet.key_credential);
  const root = await digestIfReadable(() => readPlainFile(fleet.root_file, { maxBytes: MAX_KEY_FILE }));
  parts.set('root of the fleet', root);
  if (place !== undefined)
    parts.set('key of this box in the fleet', await digestIfReadable(() => readSecret(place, credentials)));
  return parts;
}

/** A damaged key signs nothing, which is reported where something is to be signed; the door does not need it. */
const fingerprintOfBox = (data: string): Promise<string> =>
  deviceKey(data).then(
    ({ fingerprint }) => fingerprint,
    () => 'not readable',
  );

/** Returns the keys that every reload reads again. */
export const operatorKeysInForce = ({ operators }: Authority): ReadonlyMap<string, unknown> =>
  new Map([...operators].map(([id, { key }]) => [`key of operator ${id}`, key.fingerprint]));

/** The sync process reads these files and reports those it cannot read; here a failure ends nothing. */
async function digestIfReadable(read: () => Promise<Uint8Array>): Promise<string> {
  try {
    return createHash('sha256')
      .update(await read())
      .digest('hex');
  } catch {
    return 'not readable';
  }
}

/**
 * Models by which faces are found, compared and decided on.
 * Read once, because the models do not change while the service runs. The card has the digest of every file of the pack.
 */
export function modelsInForce(
  card: ModelCard,
  { head, digest, calibration, reranker }: Comparison,
  { adaptation }: Pick<Config, 'adaptation'>,
): ReadonlyMap<string, unknown> {
  const parts = new Map<string, unknown>([[`pack ${card.name}`, card]]);
  if (head.kind !== 'identity') parts.set('head', digest);
  if (calibration !== undefined) parts.set('calibration', calibration);
  if (reranker !== undefined) parts.set('second opinion', reranker);
  if (adaptation.mode !== 'off') parts.set('adaptation of lanes', adaptation);
  return parts;
}

/** What the row contains besides its parts: a decision carries the second digest. */
export const modelFacts = (card: ModelCard, { digest }: Comparison): Readonly<Record<string, string>> => ({
  pack: card.name,
  encoder: digestOf(card),
  compared: digest,
});

/** Returns the heads that lanes have of their own. @param through the head through which a lane compares. */
export function lanesInForce(
  lanes: readonly LaneId[],
  configured: Comparison,
  through: (lane: LaneId) => Comparison,
): ReadonlyMap<string, unknown> {
  const parts = new Map<string, unknown>();
  for (const lane of lanes) {
    const { digest } = through(lane);
    if (digest !== configured.digest) parts.set(`adapted head of lane ${lane}`, digest);
  }
  return parts;
}
