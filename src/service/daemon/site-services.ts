/**
 * Opens what all lanes of the box share besides gallery and journal: access rules, operator commands, document
 * photographs, Home Assistant.
 */

import { createRequire } from 'node:module';
import { openAccessStore } from '../../access/policy/sqlite-access-store.js';
import { type LaneId, laneId, siteId } from '../../base/ids.js';
import { fromFleetAmong } from '../../fleet/sqlite/fleet-gallery.js';
import { announceToHomeAssistant, removeFromHomeAssistant } from '../../gate/announce-lane.js';
import { discoveryOf, discoveryTopic } from '../../gate/home-assistant-discovery.js';
import { openTakenCommands } from '../../gate/operator-command/sqlite-taken-orders.js';
import { laneTopics } from '../../gate/protocol/topics.js';
import type { GalleryThrough } from '../../lane/gallery-through.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { bootId, systemClock } from '../../platform/system-clock.js';
import { groupsWithoutRule } from '../config/access-model.js';
import type { Config } from '../config/config-schema.js';
import type { CoreServices } from '../core-socket/core-session.js';
import { type InForceWriter, serveInForce } from '../in-force/serve-in-force.js';
import { erasePerson } from '../setup/erase-people.js';
import { boxActs } from '../setup/local-acts.js';
import { galleryKey } from '../setup/open-gallery.js';
import { openPhotoEncoder } from '../setup/open-photo-encoder.js';
import { sandboxPolicyOf } from '../setup/sandbox-policy.js';
import { type BoxAccess, openBoxAccess } from './access-service.js';
import type { DaemonContext } from './daemon-context.js';
import {
  createDocumentEncoder,
  DOCUMENT_ANSWER_LIMIT,
  type DocumentEncoder,
} from './document/document-encoder.js';
import type { Recognition } from './open-recognition.js';
import type { Storage } from './open-storage.js';
import { createOperatorSessions, type OperatorSessions, type ReloadHooks } from './operator-sessions.js';

export interface SiteDependencies {
  readonly context: Pick<DaemonContext, 'config' | 'credentials' | 'log'>;
  readonly storage: Pick<Storage, 'database' | 'people' | 'secrets'>;
  readonly recognition: Recognition;
  readonly gallery: (lane?: LaneId) => GalleryThrough;
  readonly reload: Pick<ReloadHooks, 'reread' | 'whileReloading'>;
  /** Requests a newer gallery from the fleet source, for the command `sync`; absent where there is none. */
  readonly pull?: () => void;
  /** Takes a dispute of a passage, for the command `dispute`. */
  readonly dispute: CoreServices['dispute'];
}

export interface SiteServices {
  readonly access: BoxAccess;
  readonly commands: OperatorSessions;
  readonly documentEncoder: DocumentEncoder;
  /** Call it after the gallery was renewed. */
  renewed(): void;
  /** Announces lanes to Home Assistant, and reloads the configuration at SIGHUP, until the signal aborts. */
  serve(
    lanes: readonly {
      readonly dependencies: { readonly identity: { readonly lane: string } };
      readonly bus: Bus;
    }[],
    signal: AbortSignal,
  ): Promise<void>;
  close(): Promise<void>;
}

/** @throws TwinstileError 'key-unusable' for the key of an operator. */
export async function openSite(dependencies: SiteDependencies): Promise<SiteServices> {
  const { config, log } = dependencies.context;
  const access = await openAccess(dependencies);
  const inForce = await openInForce(dependencies);
  const commands = await openCommands(dependencies, access, inForce);
  await inForce.begin(config, commands.authority());
  const documentEncoder = openDocumentEncoder(dependencies);
  const warnOfUnknownGroups = createGroupWarning(dependencies);
  warnOfUnknownGroups();
  const fault = (what: string) => (error: unknown) => log.error({ err: error }, what);
  return {
    access,
    commands,
    documentEncoder,
    renewed: () => {
      warnOfUnknownGroups();
      void access.forgetGone().catch(fault('those who are gone are still remembered'));
      void inForce.lanesRenewed().catch(fault('changed heads are not written down'));
    },
    async serve(lanes, signal) {
      for (const { dependencies: lane, bus } of lanes)
        announceLane(config, lane.identity.lane, bus, {
          onProblem: (published) =>
            log.warn({ lane: lane.identity.lane, published }, 'Home Assistant was not told'),
          signal,
        });
      const reload = () => void commands.reload();
      process.on('SIGHUP', reload);
      await inForce.run(signal);
      process.off('SIGHUP', reload);
    },
    async close() {
      await documentEncoder.close();
      await access.close();
    },
  };
}

const openAccess = async ({ context, storage, gallery }: SiteDependencies): Promise<BoxAccess> =>
  openBoxAccess({
    config: context.config,
    people: storage.people,
    store: openAccessStore(storage.database),
    gallery,
    boot: await bootId(),
    isExit: (lane) => context.config.lanes.find(({ id }) => id === lane)?.direction === 'out',
    onFault: (detail) => context.log.error({ detail }, 'what is remembered of passages and modes'),
    // Without ids: a log goes where no erasure reaches it. `people list` and `doctor` have them.
    onIdClash: (those) =>
      context.log.error(
        { people: those.length },
        'ids of several people mean the same: a denial of one is a denial of all; remove the wrong ones',
      ),
  });

const openInForce = ({ context, storage, recognition, gallery }: SiteDependencies): Promise<InForceWriter> =>
  serveInForce({
    config: context.config,
    tables: storage.database,
    acts: boxActs,
    secrets: storage.secrets,
    credentials: context.credentials,
    card: recognition.card,
    comparison: recognition.comparison,
    through: (lane) => gallery(lane).comparison,
    log: context.log,
  });

function openCommands(
  { context, storage, reload, pull, dispute }: SiteDependencies,
  access: BoxAccess,
  inForce: InForceWriter,
): Promise<OperatorSessions> {
  const { config, credentials, log } = context;
  const { database, people } = storage;
  return createOperatorSessions({
    config,
    access,
    people,
    taken: openTakenCommands(database),
    isFromFleet: async (person) => (await database.read((sql) => fromFleetAmong(sql, [person]))).length > 0,
    erase: async (person, operator) =>
      (
        await erasePerson(database, config, person, {
          now: systemClock.wall(),
          actor: { by: `operator:${operator}` },
          galleryKey: await galleryKey(config, credentials),
        })
      ).receipt,
    log,
    reload: { ...reload, beforeReload: inForce.reload },
    pull,
    dispute,
  });
}

/** Starts its process with the first photograph. */
function openDocumentEncoder({ context, recognition: { packFolder } }: SiteDependencies): DocumentEncoder {
  const { config, credentials } = context;
  const { pack, provider, threads } = config.models;
  const reach = sandboxPolicyOf(config, packFolder, undefined, credentials);
  const options = { pack, packFolder, provider, threads, reach, answerLimit: DOCUMENT_ANSWER_LIMIT };
  return createDocumentEncoder(async () => (await openPhotoEncoder(options)).encoder, systemClock);
}

/** Returns a function that logs, once, each group of the gallery that no rule names. */
function createGroupWarning({ context: { config, log }, gallery }: SiteDependencies): () => void {
  const logged = new Set<string>();
  const mark = config.registrar?.import.mark ?? 'directory';
  return () => {
    const groups = [...gallery().snapshot.people.values()].flatMap((person) => person.groups ?? []);
    for (const group of groupsWithoutRule(config.access, groups, [mark])) {
      if (!logged.has(group)) log.warn({ group }, 'no rule knows this group: it grants and denies nothing');
      logged.add(group);
    }
  };
}

const { version } = createRequire(import.meta.url)('../../../package.json') as { readonly version: string };

interface AnnouncementOptions {
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
