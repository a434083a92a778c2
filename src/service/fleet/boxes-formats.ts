/** Asks the broker which formats of segments the boxes of a site read, as their lanes' retained states report. */
import { pause } from '../../base/delay.js';
import { siteId } from '../../base/ids.js';
import { type Millis, millis } from '../../base/units.js';
import { formatsRead } from '../../fleet/status/device-status.js';
import { requestFleetStatus } from '../../fleet/status/request-status.js';
import { clientIdOf } from '../../platform/mqtt/mqtt-connection.js';
import { connectBus } from '../../platform/mqtt/reconnecting-bus.js';
import type { Config } from '../config/config-schema.js';
import { brokerAddress } from '../setup/broker-address.js';

const CONNECT_LIMIT_MS = 5000;
const CHECK_INTERVAL = millis(20);
/** Retained states come at once; a broker without any costs a publish so long. */
const ANSWER_LIMIT: Millis = millis(2000);

/**
 * Returns the highest format that each box reads, by name; empty where the broker cannot be asked, which holds nothing up:
 * the old format is published then.
 *
 * It is what lanes report of themselves, as in `fleet status`: a login that may publish a lane's state can delay a new format, or
 * let a box that does not read it keep its old gallery (`behind`).
 * @param site whose boxes; boxes of the same name at other sites do not count where this one has one.
 */
export async function askFormats(
  config: Config,
  env: NodeJS.ProcessEnv,
  site: string,
): Promise<ReadonlyMap<string, number>> {
  let isRefused = false;
  const bus = connectBus({
    ...(await brokerAddress(config, env.CREDENTIALS_DIRECTORY)),
    clientId: clientIdOf(siteId(config.site), 'office'),
    onProblem: () => {
      isRefused = true;
    },
  });
  try {
    const until = performance.now() + CONNECT_LIMIT_MS;
    while (!bus.connected && !isRefused && performance.now() < until) await pause(CHECK_INTERVAL);
    if (!bus.connected) return new Map();
    const { lanes } = await requestFleetStatus(bus, { wait: ANSWER_LIMIT });
    const own = formatsRead(lanes.filter((lane) => lane.site === site));
    return new Map([...formatsRead(lanes), ...own]);
  } finally {
    await bus.close();
  }
}
