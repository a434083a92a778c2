/** Announces lanes to Home Assistant, and withdraws them. */
import { createRequire } from 'node:module';
import { laneId, siteId } from '../../base/ids.js';
import { announceToHomeAssistant, removeFromHomeAssistant } from '../../gate/announce-lane.js';
import { discoveryOf, discoveryTopic } from '../../gate/home-assistant-discovery.js';
import { laneTopics } from '../../gate/protocol/topics.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import type { Config } from '../config/config-schema.js';

const { version } = createRequire(import.meta.url)('../../../package.json') as { readonly version: string };

export interface AnnouncementOptions {
  /** Called with the result of an announcement that the broker refused. */
  readonly onProblem: (published: string) => void;
  readonly signal: AbortSignal;
}

/** Announces a lane to Home Assistant, or withdraws it where that is switched off. Runs once for each lane's bus. */
export function announceLane(
  { site, home_assistant: settings }: Pick<Config, 'site' | 'home_assistant'>,
  lane: string,
  bus: Bus,
  { onProblem, signal }: AnnouncementOptions,
): void {
  const place = { site: siteId(site), lane: laneId(lane) };
  if (!settings.enabled) {
    withdraw(bus, discoveryTopic(settings.prefix, place.site, place.lane));
    return;
  }
  const topics = laneTopics(place.site, place.lane);
  const discovery = discoveryOf({
    ...place,
    topics,
    version,
    prefix: settings.prefix,
    openButton: settings.open_button,
    openAs: settings.user,
  });
  announceToHomeAssistant({ bus, discovery, statusTopic: settings.status_topic, onProblem }, signal);
}

/**
 * The lane may have been announced before it was switched off. A broker that forbids the topic never accepted an announcement.
 */
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
