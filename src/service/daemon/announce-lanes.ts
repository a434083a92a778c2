/** Home Assistant learns of a lane, or that it is no longer to know of it. */
import { createRequire } from 'node:module';
import { laneId, siteId } from '../../base/ids.js';
import { announceToHomeAssistant, removeFromHomeAssistant } from '../../gate/home-assistant/announce-lane.js';
import { discoveryOf, discoveryTopic } from '../../gate/home-assistant/discovery.js';
import { laneTopics } from '../../gate/protocol/topics.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import type { Config } from '../config/config-schema.js';

const { version } = createRequire(import.meta.url)('../../../package.json') as { readonly version: string };

/** Once for each lane's bus. @param onProblem hears what the broker says of it. */
export function announceLane(
  { site, home_assistant: wanted }: Pick<Config, 'site' | 'home_assistant'>,
  lane: string,
  bus: Bus,
  onProblem: (published: string) => void,
  signal: AbortSignal,
): void {
  const place = { site: siteId(site), lane: laneId(lane) };
  if (!wanted.enabled) {
    withdraw(bus, discoveryTopic(wanted.prefix, place.site, place.lane));
    return;
  }
  const topics = laneTopics(place.site, place.lane);
  const discovery = discoveryOf({
    ...place,
    topics,
    version,
    prefix: wanted.prefix,
    openButton: wanted.open_button,
    openAs: wanted.user,
  });
  announceToHomeAssistant({ bus, discovery, statusTopic: wanted.status_topic, onProblem }, signal);
}

/** It may have been announced before it was switched off. A broker that forbids the topic never took an announcement either. */
function withdraw(bus: Bus, topic: string): void {
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    void removeFromHomeAssistant(bus, topic);
  };
  if (bus.connected) once();
  bus.onConnection((connected) => {
    if (connected) once();
  });
}
