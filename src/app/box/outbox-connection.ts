/** The connection that carries what the whole box says and hears: events from the outbox, notices of the fleet. */
import { connectBus } from '../../adapters/mqtt/bus.js';
import type { BrokerAddress } from '../../adapters/mqtt/connection.js';
import type { Config } from '../../config/schema.js';
import type { Bus } from '../../ports/bus.js';
import { clientIdOf } from '../client-id.js';
import { deviceName } from '../fleet/device-name.js';
import type { Log } from '../log.js';
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
