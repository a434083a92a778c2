/** Opens the connection for messages of the whole box: events from the outbox, notices of the fleet. */

import type { Log } from '../../platform/log.js';
import { clientIdOf } from '../../platform/mqtt/client-id.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import type { BrokerAddress } from '../../platform/mqtt/mqtt-connection.js';
import { connectBus } from '../../platform/mqtt/reconnecting-bus.js';
import type { Config } from '../config/config-schema.js';
import { deviceName } from '../setup/device-name.js';
import type { Takeovers } from './takeovers.js';

export function connectOutbox(
  config: Pick<Config, 'site' | 'gallery'>,
  broker: Omit<BrokerAddress, 'clientId' | 'availability'>,
  { log, takeovers }: { readonly log: Pick<Log, 'warn'>; readonly takeovers: Pick<Takeovers, 'note'> },
): Bus {
  return connectBus({
    ...broker,
    clientId: clientIdOf(config.site, deviceName(config), 'outbox'),
    onProblem: (detail) => log.warn({ connection: 'outbox', detail }, 'broker'),
    onTakenOver: () => takeovers.note('outbox'),
  });
}
