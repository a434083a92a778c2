/** Sends revocations to the boxes of a site, collects their receipts, and publishes the receipt of this box. */
import { pause } from '../../base/delay.js';
import { siteId } from '../../base/ids.js';
import { type Millis, millis } from '../../base/units.js';
import { siteFiles } from '../../fleet/repository/site-files.js';
import {
  type HeldRevocations,
  MAX_HELD,
  type ReceiptState,
  type RevocationReceipt,
  readReceipt,
  receiptStateOf,
  writeReceipt,
} from '../../fleet/status/revocation-receipt.js';
import { siteTopics } from '../../gate/protocol/topics.js';
import type { DeviceKey } from '../../platform/device-key.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { clientIdOf } from '../../platform/mqtt/mqtt-connection.js';
import { connectBus } from '../../platform/mqtt/reconnecting-bus.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import type { Sql } from '../../records/sql-port.js';
import type { Config } from '../config/config-schema.js';
import { brokerAddress } from '../setup/broker-address.js';

export interface RevocationsToPublish {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly fleet: string;
  readonly site: string;
  /** Revocations, signed, each with its serial. */
  readonly words: readonly { readonly serial: number; readonly payload: Uint8Array }[];
  /** How long to wait for a box after the revocations were sent. */
  readonly wait: Millis;
}

interface DeviceHearing {
  readonly device: string;
  readonly hearing: ReceiptState;
}

export interface RevocationsPublished {
  /** Whether the broker accepted all of them. */
  readonly isSent: boolean;
  /** Result of every box that may read the gallery, by name. */
  readonly devices: readonly DeviceHearing[];
}

const CONNECT_WITHIN_MS = 5000;
const CHECK_INTERVAL = millis(20);
/** Limit of receipts: a box sends one each; ten thousand of them are a fleet, more are a flood. */
const MAX_RECEIPTS = 10_000;

export async function publishRevocations(order: RevocationsToPublish): Promise<RevocationsPublished> {
  const { config, env, site, words } = order;
  const office = siteFiles(order.fleet, site);
  const [devices, keys] = [Object.keys(await office.devices()).sort(), await office.deviceKeys()];
  const serials = words.map(({ serial }) => serial);
  const received = new Map<string, RevocationReceipt>();
  const hearings = (): readonly DeviceHearing[] =>
    devices.map((device) => ({
      device,
      hearing: receiptStateOf([...received.values()], device, serials, keys[device]),
    }));
  const topics = siteTopics(siteId(site));
  const bus = connectBus({
    ...(await brokerAddress(config, env.CREDENTIALS_DIRECTORY)),
    clientId: clientIdOf(config.site, 'office'),
  });
  try {
    bus.subscribe(topics.galleryReceipts, ({ payload }) => {
      const one = readReceipt(payload, site);
      const key = `${one?.device}/${one?.fingerprint}`;
      if (one !== undefined && (received.size < MAX_RECEIPTS || received.has(key))) received.set(key, one);
    });
    const until = performance.now() + CONNECT_WITHIN_MS;
    while (!bus.connected && performance.now() < until) await pause(CHECK_INTERVAL);
    let isSent = true;
    for (const { payload } of words)
      isSent = (await bus.publish(topics.galleryRevoked, payload, { qos: 1 })) === 'sent' && isSent;
    const late = performance.now() + order.wait;
    while (isSent && performance.now() < late && hearings().some(({ hearing }) => hearing === 'silent'))
      await pause(CHECK_INTERVAL);
    return { isSent, devices: hearings() };
  } finally {
    await bus.close();
  }
}

interface HeardDependencies {
  readonly database: Pick<Database, 'read'>;
  readonly bus: Bus;
  readonly topic: string;
  readonly site: string;
  readonly device: string;
  /** Read when a receipt is signed: a damaged key keeps no box from starting. */
  readonly key: () => Promise<Pick<DeviceKey, 'secret' | 'pub'>>;
}

export interface ReceiptPublisher {
  /** Reads which revocations are in force here, and publishes them if the broker does not have them yet. */
  publish(): Promise<void>;
}

/** Publishes a signed receipt of the revocations in force here: after each revocation, each version, and each reconnect. */
export function createReceiptPublisher({
  database,
  bus,
  topic,
  site,
  device,
  key,
}: HeardDependencies): ReceiptPublisher {
  let known: string | undefined;
  bus.onConnection(() => {
    // A different broker, or the same one that lost its retained messages.
    known = undefined;
  });
  return {
    async publish() {
      const receipt = writeReceipt({ site, device, held: await database.read(heldIn) }, await key());
      if (receipt === known || !bus.connected) return;
      if ((await bus.publish(topic, receipt, { qos: 1, retain: true })) === 'sent') known = receipt;
    },
  };
}

async function heldIn(sql: Sql): Promise<HeldRevocations> {
  const state = await sql.one<{ readonly revocations: number }>('SELECT revocations FROM fleet_state');
  const rows = await sql.all<{ readonly serial: number }>(
    `SELECT DISTINCT serial FROM revoked ORDER BY serial DESC LIMIT ${MAX_HELD}`,
  );
  return { through: state?.revocations ?? 0, serials: rows.map(({ serial }) => serial).reverse() };
}
