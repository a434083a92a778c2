/**
 * Checks that every reader sends badges that the lanes can parse, from the state that the running service keeps at the broker.
 */
import { z } from 'zod';
import { laneId, siteId } from '../../base/ids.js';
import { escapeForbidden } from '../../base/names.js';
import { readMessage } from '../../gate/protocol/gate-messages.js';
import { laneTopics } from '../../gate/protocol/topics.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import type { Config } from '../config/config-schema.js';
import { type Finding, warning } from './finding.js';

const text = z.string().max(400).transform(escapeForbidden);
const stateWithReaders = z.object({
  readers: z.array(z.object({ reader: text.nullable(), problem: text, since: text })).max(64),
});
const MAX_STATE = 64 * 1024;

/** Subscribe before the bus is connected. @returns a function that returns the states received so far. */
export function listenToReaders(
  { site, lanes }: Pick<Config, 'site' | 'lanes'>,
  bus: Pick<Bus, 'subscribe'>,
): () => readonly Finding[] {
  const heard = new Map<string, readonly Finding[]>();
  for (const { id } of lanes)
    bus.subscribe(laneTopics(siteId(site), laneId(id)).state, ({ payload }) => {
      const state = readMessage(stateWithReaders, payload, MAX_STATE);
      heard.set(
        id,
        (state?.readers ?? []).map((fault) => findingOf(id, fault)),
      );
    });
  return () => [...heard.values()].flat();
}

function findingOf(
  lane: string,
  { reader, problem, since }: z.infer<typeof stateWithReaders>['readers'][number],
): Finding {
  const which = reader === null ? 'A reader that does not say its name' : `Reader ${reader}`;
  return warning(
    `readers ${lane}`,
    `${which} sends badges that are not understood, since ${since}: ${problem}`,
    'Let it publish messages as in docs/PROTOCOL.md, "badge": {"v":1,"badge":"…","reader":"…","read":"…"}.',
  );
}
