/** Publishes one message to all subscribers of a site, from a command. It is sent once and not queued. */

import { pause } from '../../base/delay.js';
import { millis } from '../../base/units.js';
import { clientIdOf } from '../../platform/mqtt/client-id.js';
import { connectBus } from '../../platform/mqtt/reconnecting-bus.js';
import type { Config } from '../config/config-schema.js';
import { brokerAddress } from '../setup/broker-address.js';

const CONNECT_WITHIN_MS = 5000;

/** @returns whether the broker acknowledged it. */
export async function publishSite(
  config: Config,
  env: NodeJS.ProcessEnv,
  topic: string,
  payload: Uint8Array | string,
): Promise<boolean> {
  const bus = connectBus({
    ...(await brokerAddress(config, env.CREDENTIALS_DIRECTORY)),
    clientId: clientIdOf(config.site, 'office'),
  });
  try {
    const until = performance.now() + CONNECT_WITHIN_MS;
    while (!bus.connected && performance.now() < until) await pause(millis(20));
    return (await bus.publish(topic, payload, { qos: 1 })) === 'sent';
  } finally {
    await bus.close();
  }
}
