/** What all lanes of the box share besides gallery and journal: access rules, orders, passes, Home Assistant. */

import { openAccessStore } from '../../access/policy/sqlite-access-store.js';
import type { LaneId } from '../../base/ids.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import { fromFleetAmong } from '../../fleet/sqlite/from-fleet.js';
import { openTakenCommands } from '../../gate/operator-command/sqlite-taken-orders.js';
import type { GalleryThrough } from '../../lane/gallery-through.js';
import { bootId } from '../../platform/boot-id.js';
import type { Log } from '../../platform/log.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { systemClock } from '../../platform/system-clock.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import type { Database } from '../../records/sql/sqlite/sqlite-database.js';
import { groupsWithoutRule } from '../config/access/known-groups.js';
import type { Config } from '../config/config-schema.js';
import { serveInForce } from '../in-force/serve-in-force.js';
import { erasePerson } from '../setup/erase-people.js';
import { boxActs } from '../setup/local-acts.js';
import { galleryKey } from '../setup/open-gallery.js';
import { openPhotoEncoder } from '../setup/open-photo-encoder.js';
import { sandboxPolicyOf } from '../setup/sandbox-policy.js';
import type { Secrets } from '../setup/secrets.js';
import { openSiteAccess, type SiteAccess } from './access-service.js';
import { announceLane } from './announce-lanes.js';
import {
  createOperatorSessions,
  type OperatorSessions,
  type OperatorSessionsDependencies,
} from './operator-sessions.js';
import {
  createDocumentEncoder,
  DOCUMENT_ANSWER_LIMIT,
  type DocumentEncoder,
} from './visitor-pass/pass-encoder.js';

export interface SiteDependencies {
  readonly config: Config;
  readonly database: Database;
  readonly store: GalleryStore;
  readonly gallery: (lane?: LaneId) => GalleryThrough;
  readonly card: ModelCard;
  /** The configured one. */
  readonly comparison: Comparison;
  readonly secrets: Secrets;
  readonly packFolder: string;
  /** Value of CREDENTIALS_DIRECTORY. */
  readonly credentials: string | undefined;
  readonly log: Log;
  readonly reread?: () => Promise<Config>;
  readonly whileReloading?: OperatorSessionsDependencies['whileReloading'];
  /** Asks the fleet source for a newer gallery, for the order `sync`; absent where there is none. */
  readonly pull?: () => void;
}

export interface SiteServices {
  readonly access: SiteAccess;
  readonly orders: OperatorSessions;
  readonly passes: DocumentEncoder;
  /** The gallery was. */
  renewed(): void;
  /** Tells Home Assistant, and reads the configuration again at SIGHUP, until the signal aborts. */
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
  const { config, store, gallery, log } = dependencies;
  const access = await openSiteAccess({
    config,
    people: store,
    store: openAccessStore(dependencies.database),
    gallery,
    boot: await bootId(),
    onFault: (detail) => log.error({ detail }, 'what is remembered of passages'),
    // Without ids: a log goes where no erasure reaches it. `people list` and `doctor` have them.
    onDoubles: (those) =>
      log.error(
        { people: those.length },
        'ids of several people mean the same: a denial of one is a denial of all; remove the wrong ones',
      ),
  });
  const inForce = await serveInForce({
    config,
    tables: dependencies.database,
    acts: boxActs,
    secrets: dependencies.secrets,
    credentials: dependencies.credentials,
    card: dependencies.card,
    comparison: dependencies.comparison,
    through: (lane) => gallery(lane).comparison,
    log,
  });
  const orders = await createOperatorSessions({
    config,
    beforeReload: inForce.reload,
    access,
    people: store,
    taken: openTakenCommands(dependencies.database),
    isFromFleet: async (person) =>
      (await dependencies.database.read((sql) => fromFleetAmong(sql, [person]))).length > 0,
    erase: async (person, operator) =>
      (
        await erasePerson(dependencies.database, config, person, systemClock.wall(), {
          actor: { by: `operator:${operator}` },
          galleryKey: await galleryKey(config, dependencies.credentials),
        })
      ).receipt,
    log,
    reread: dependencies.reread,
    whileReloading: dependencies.whileReloading,
    pull: dependencies.pull,
  });
  await inForce.begin(config, orders.authority());
  const { pack, provider, threads } = config.models;
  const reach = sandboxPolicyOf(config, dependencies.packFolder, undefined, dependencies.credentials);
  const wish = { pack, packFolder: dependencies.packFolder, provider, threads, reach };
  const passes = createDocumentEncoder(
    async () => (await openPhotoEncoder({ ...wish, answerLimit: DOCUMENT_ANSWER_LIMIT })).encoder,
    systemClock,
  );
  const strangeTold = new Set<string>();
  const tellStrangeGroups = () => {
    const all = [...gallery().snapshot.people.values()].flatMap(({ groups = [] }) => groups);
    const mark = config.registrar?.import.mark ?? 'directory';
    for (const group of groupsWithoutRule(config.access, all, [mark])) {
      if (!strangeTold.has(group))
        log.warn({ group }, 'no rule knows this group: it grants and denies nothing');
      strangeTold.add(group);
    }
  };
  tellStrangeGroups();
  const fault = (what: string) => (error: unknown) => log.error({ err: error }, what);
  return {
    access,
    orders,
    passes,
    renewed: () => {
      tellStrangeGroups();
      void access.forgetGone().catch(fault('those who are gone are still remembered'));
      void inForce.lanesRenewed().catch(fault('changed heads are not written down'));
    },
    async serve(lanes, signal) {
      for (const { dependencies, bus } of lanes)
        announceLane(
          config,
          dependencies.identity.lane,
          bus,
          (published) =>
            log.warn({ lane: dependencies.identity.lane, published }, 'Home Assistant was not told'),
          signal,
        );
      const again = () => void orders.reload();
      process.on('SIGHUP', again);
      await inForce.run(signal);
      process.off('SIGHUP', again);
    },
    async close() {
      await passes.close();
      await access.close();
    },
  };
}
