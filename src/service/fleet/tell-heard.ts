/** Publishes a signed receipt of the revocations in force here: after each revocation, each version, and each reconnect. */

import { type HeldRevocations, MAX_HELD, writeReceipt } from '../../fleet/status/revocation-receipt.js';
import type { DeviceKey } from '../../platform/device-key.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import type { Sql } from '../../records/sql-port.js';

export interface HeardDependencies {
  readonly database: Pick<Database, 'read'>;
  readonly bus: Bus;
  readonly topic: string;
  readonly site: string;
  readonly device: string;
  readonly key: Pick<DeviceKey, 'secret' | 'pub'>;
}

export interface ReceiptPublisher {
  /** Reads which revocations are in force here, and publishes them if the broker does not have them yet. */
  publish(): Promise<void>;
}

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
      const receipt = writeReceipt({ site, device, held: await database.read(heldIn) }, key);
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
