/** Opens the connection for messages of the whole box, and reports events dropped from the outbox and client ids taken over. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.js';
import { pause } from '../../base/delay.js';
import { explain } from '../../base/errors.js';
import { laneId, siteId } from '../../base/ids.js';
import { type Millis, type Monotonic, millis } from '../../base/units.js';
import { laneTopics } from '../../gate/protocol/topics.js';
import type { Degraded } from '../../lane/health/degraded-modes.js';
import type { Log } from '../../platform/log.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { type BrokerAddress, clientIdOf } from '../../platform/mqtt/mqtt-connection.js';
import { connectBus } from '../../platform/mqtt/reconnecting-bus.js';
import type { Journal, Outbox } from '../../records/journal/journal.js';
import type { Config } from '../config/config-schema.js';
import { deviceName } from '../config/sections/fleet-section.js';

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

interface DroppedDependencies {
  readonly config: Pick<Config, 'site' | 'lanes'>;
  readonly journal: Pick<Journal, 'append'> & Pick<Outbox, 'unreportedDrops' | 'markReported'>;
  readonly bus: Pick<Bus, 'connected'>;
  readonly clock: Pick<Clock, 'wall'>;
  readonly log: Pick<Log, 'error'>;
  /** Interval between checks; absent: 10 s. */
  readonly every?: Millis;
}

const EVERY: Millis = millis(10_000);

/**
 * Reports how many events were dropped because the outbox was full, as an event of its own, once it accepts events again.
 * Runs until the signal aborts.
 */
export async function reportDropped(dependencies: DroppedDependencies, signal: AbortSignal): Promise<void> {
  const { bus, log, every = EVERY } = dependencies;
  while (!signal.aborted) {
    try {
      if (bus.connected) await reportOnce(dependencies);
    } catch (error) {
      // An event that cannot be written now is reported at the next check: the count stays.
      log.error({ detail: explain(error) }, 'how many events were dropped could not be written down');
    }
    await pause(every, signal);
  }
}

async function reportOnce({ config, journal, clock, log }: DroppedDependencies): Promise<void> {
  const [lane] = config.lanes;
  const dropped = await journal.unreportedDrops();
  if (dropped === 0 || lane === undefined) return;
  const id = randomUUID();
  const body = { lane: lane.id, notice: 'events-dropped', dropped };
  const { notice: alert, ...rest } = body;
  const payload = JSON.stringify({ v: 1, id, at: new Date(clock.wall()).toISOString(), alert, ...rest });
  const topic = laneTopics(siteId(config.site), laneId(lane.id)).alert;
  await journal.append({ kind: 'notice', subject: id, at: clock.wall(), body }, { id, topic, payload });
  await journal.markReported(dropped);
  log.error({ dropped }, 'events were dropped: the outbox was full');
}

/** Records that another client connected to the broker with the client id of one of our connections, which ended ours. */
interface Takeovers {
  /** @param connection the connection that was ended, for the log. */
  note(connection: string): void;
  readonly faults: () => readonly Degraded[];
}

/**
 * How long the fault stays. Client ids are random and new after each takeover: a client that repeats it has
 * read them without permission.
 */
const REMEMBERED: Millis = millis(10 * 60_000);

export function watchTakeovers(clock: Pick<Clock, 'monotonic'>, log: Pick<Log, 'error'>): Takeovers {
  let count = 0;
  let last: Monotonic | undefined;
  return {
    note(connection) {
      count += 1;
      last = clock.monotonic();
      log.error(
        { connection, count, reason: 142 },
        'another client came to the broker under the name of this connection, which ended it: it comes back under a new one',
      );
    },
    faults: () =>
      last !== undefined && clock.monotonic() - last <= REMEMBERED ? ['session-taken-over'] : [],
  };
}
