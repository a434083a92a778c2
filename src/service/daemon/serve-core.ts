/**
 * Serves core's socket, and holds what its requests and the lanes share: the lanes' reports, their evidence, and the disputed
 * passages that make lanes stricter.
 */
import type { LaneRules } from '../../access/lane-rules.js';
import { padRequired } from '../../access/pad-policy.js';
import type { MetEvidence } from '../../adaptation/met-evidence.js';
import { pause } from '../../base/delay.js';
import { explain } from '../../base/errors.js';
import { type LaneId, laneId, personId, siteId } from '../../base/ids.js';
import { createLimitedReports, ONCE_A_MINUTE } from '../../base/limited-reports.js';
import { millis } from '../../base/units.js';
import type { LiveGallery } from '../../lane/live-gallery.js';
import { type LocalServer, serveLocalSocket } from '../../platform/local-socket/local-server.js';
import { systemClock } from '../../platform/system-clock.js';
import { type DisputedDecision, disputedDecision } from '../../records/disputes/disputed-decision.js';
import { openDisputes } from '../../records/disputes/sqlite-disputes.js';
import { enrollmentRulesOf } from '../../records/enrollment/enrollment-session.js';
import { LOOKS } from '../../records/enrollment/guided-looks.js';
import { type ActSource, recordAct } from '../../records/journal/act.js';
import type { JournalRow } from '../../records/journal/journal.js';
import type { GallerySnapshot, GalleryStore } from '../../records/people/gallery-store.js';
import { openGallery } from '../../records/people/sql-gallery.js';
import { schedulesOf } from '../config/access-model.js';
import type { Config } from '../config/config-schema.js';
import { socketPath } from '../core-socket/ask-core.js';
import { CORE_FORMAT } from '../core-socket/core-messages.js';
import { type CoreServices, type Followed, serveCoreClient } from '../core-socket/core-session.js';
import { createDisputeHandler } from '../core-socket/dispute-passage.js';
import { createDisputesInForce, type DisputesInForce } from '../core-socket/disputes-in-force.js';
import { createLaneEnrollment, type LaneEnrollmentDependencies } from '../core-socket/enroll-at-lane.js';
import { createLaneWatches, type LaneWatches } from '../core-socket/lane-watches.js';
import { createLiveViews, type LiveViews } from '../core-socket/live-views.js';
import { createSiteFeed, type SiteFeed } from '../core-socket/site-feed.js';
import { rulesOf } from '../setup/configured-rules.js';
import { keepFleetPeople, underTerms } from '../setup/people-guards.js';
import type { BoxAccess } from './access-service.js';
import type { DaemonContext, Service } from './daemon-context.js';
import type { Recognition } from './open-recognition.js';
import type { Storage } from './open-storage.js';

/** What lanes and gallery are opened with, before anything is served. */
export interface CoreShared {
  readonly watches: LaneWatches;
  readonly disputes: DisputesInForce;
  readonly views: LiveViews;
  readonly feed: SiteFeed;
}

export function openCoreShared(
  { config, log }: Pick<DaemonContext, 'config' | 'log'>,
  { database, people, journal }: Pick<Storage, 'database' | 'people' | 'journal'>,
): CoreShared {
  const now = () => systemClock.wall();
  const watches = createLaneWatches(config.privacy.evidence, (error) =>
    log.error({ err: error }, 'a listener to a lane failed'),
  );
  return {
    watches,
    disputes: createDisputesInForce({ store: openDisputes(database), people, now }),
    views: createLiveViews({
      rule: config.privacy.live_view,
      watches,
      clock: systemClock,
      record: (actor, act) => recordAct(database, { actor, now }, act),
      onFault: (error) => log.error({ err: error }, 'a live view could not be written down'),
    }),
    feed: createSiteFeed(journal),
  };
}

export interface Core {
  readonly shared: CoreShared;
  /** What is done for clients of the socket, and for operators. */
  readonly services: CoreServices;
  readonly service: Service;
}

interface CoreDependencies {
  readonly context: Pick<DaemonContext, 'config' | 'log'>;
  readonly storage: Pick<Storage, 'database' | 'people' | 'secrets'>;
  readonly recognition: Pick<Recognition, 'card' | 'comparison'>;
  readonly gallery: Pick<LiveGallery, 'current'>;
  readonly access: () => Pick<BoxAccess, 'controller'> | undefined;
  readonly shared: CoreShared;
  /** Takes up what newcomers who are refused show of a camera. */
  readonly met: Pick<MetEvidence, 'refused'>;
}

export function createCore(dependencies: CoreDependencies): Core {
  const services = createCoreServices(dependencies);
  return { shared: dependencies.shared, services, service: coreService(services, dependencies) };
}

/** Returns the handlers of core's requests. */
function createCoreServices(dependencies: CoreDependencies): CoreServices {
  const { context, storage, gallery, shared, access } = dependencies;
  const { config } = context;
  const lanes = lanesOf(dependencies);
  const now = () => systemClock.wall();
  return {
    site: config.site,
    lanes: [...lanes.keys()],
    enroll: createLaneEnrollment({
      ...enrollmentBy(dependencies, lanes),
      site: siteId(config.site),
      watches: shared.watches,
      galleryOf: gallery.current,
      storedName: async (person) => (await storage.people.find(person))?.person.name,
      now,
      onLookalike: ({ condition, ...face }, by) => dependencies.met.refused({ ...face, live: condition }, by),
      record: (source, act) => recordAct(storage.database, source, act),
    }),
    picture: (lane, actor) => shared.views.picture(lane, actor),
    follow: (after, send, signal) =>
      shared.feed.follow(
        after,
        (item) => send(item.kind === 'rows' ? withNames(item.rows, gallery.current().snapshot) : item),
        signal,
      ),
    dispute: createDisputeHandler({
      disputes: openDisputes(storage.database),
      decisionOf: (id) => disputedDecision(storage.database, id),
      people: storage.people,
      watches: shared.watches,
      galleryOf: gallery.current,
      rulesOf: (lane) => lanes.get(lane),
      hasBadgeWay: (decision, hasBadge) =>
        hasBadge && badgeLetsIn(decision, lanes.get(decision.lane), access()),
      clock: systemClock,
    }),
  };
}

/** Rows as they go over the socket, with the names of the people in them. */
function withNames(
  rows: readonly JournalRow[],
  { people }: Pick<GallerySnapshot, 'people'>,
): Extract<Followed, { readonly kind: 'rows' }> {
  const named = rows.flatMap(({ body: { person } }) => {
    const known = typeof person === 'string' ? people.get(personId(person)) : undefined;
    return known === undefined ? [] : [[known.id, known.name] as const];
  });
  return {
    kind: 'rows',
    rows: rows.map(({ seq, at, kind, subject, body }) => ({ seq, at, kind, subject, body })),
    names: Object.fromEntries(named),
  };
}

function lanesOf({
  context: { config },
  recognition: { card },
}: CoreDependencies): ReadonlyMap<LaneId, LaneRules> {
  const schedules = config.access === undefined ? undefined : schedulesOf(config.access);
  return new Map(config.lanes.map((lane) => [laneId(lane.id), rulesOf(lane, card, schedules)]));
}

function enrollmentBy(
  { context: { config }, storage, recognition: { comparison }, gallery }: CoreDependencies,
  lanes: ReadonlyMap<LaneId, LaneRules>,
): Pick<LaneEnrollmentDependencies, 'lanes' | 'rulesOf' | 'openStore' | 'rulesFor'> {
  const { digest, dimension } = comparison.trunk;
  return {
    lanes: [...lanes.keys()],
    rulesOf: (lane) => ({ ...LOOKS, mustLive: asksForLife(lanes.get(lane)) }),
    openStore: (source) => storeOf(config, storage, source),
    rulesFor: (lane, lookalikes) => ({
      digest,
      dimension,
      rules: enrollmentRulesOf(
        { ...gallery.current(lane).comparison, calibration: gallery.current(lane).calibration },
        { lookalikes, clock: systemClock },
      ),
    }),
  };
}

/** The gallery of this box, in which this source is who changes it. */
async function storeOf(
  config: Config,
  { database, secrets }: CoreDependencies['storage'],
  source: ActSource,
): Promise<GalleryStore> {
  const store = underTerms(
    await openGallery(database, secrets.galleryKey, source),
    config.privacy.consent_expires_days,
  );
  return config.gallery.fleet === undefined ? store : keepFleetPeople(store, database);
}

function asksForLife(rules: LaneRules | undefined): boolean {
  if (rules === undefined) return true;
  const modes = [
    rules.identification === undefined ? [] : (['identification'] as const),
    rules.verification === undefined ? [] : (['verification'] as const),
  ].flat();
  return modes.some((mode) => padRequired(rules, mode, systemClock.wall()) === 'require');
}

/** A bound from identification leaves badge and face; one from badge and face leaves the badge alone, where that opens. */
function badgeLetsIn(
  { mode, lane, person }: DisputedDecision,
  rules: LaneRules | undefined,
  access: Pick<BoxAccess, 'controller'> | undefined,
): boolean {
  if (mode === 'identification' && rules?.verification !== undefined) return true;
  const controller = access?.controller;
  return (
    controller?.asked(lane, systemClock.wall())?.badgeAlone === true ||
    controller?.badgeSuffices(person, lane) === true
  );
}

const TICK = millis(10_000);

/** Serves the socket, drops old evidence, and ends disputes whose time is over. Without the socket the lanes go on. */
const coreService = (services: CoreServices, { context, storage, shared }: CoreDependencies): Service => ({
  async run(signal) {
    const server = await openSocket(services, context);
    const disputes = openDisputes(storage.database);
    while (!signal.aborted) {
      await pause(TICK, signal);
      shared.watches.purge(systemClock.monotonic());
      await shared.views.tick();
      await disputes.expire(systemClock.wall()).catch((error: unknown) => {
        context.log.error({ detail: explain(error) }, 'disputes whose time is over still count');
      });
    }
    await server?.close();
  },
});

/** A socket that cannot be served is no reason to keep a gate shut. */
async function openSocket(
  services: CoreServices,
  { config, log }: Pick<DaemonContext, 'config' | 'log'>,
): Promise<LocalServer | undefined> {
  const peers = createLimitedReports<string>({
    limit: ONCE_A_MINUTE,
    maxKinds: 16,
    report: (detail, count) => log.warn({ detail, count }, 'a client of the socket was disconnected'),
  });
  const at = socketPath(config);
  try {
    return await serveLocalSocket({
      path: at,
      group: config.local_socket.group,
      format: CORE_FORMAT,
      clock: systemClock,
      onConnection: (connection) =>
        serveCoreClient(connection, services, (error) =>
          log.error({ err: error }, 'a request over the socket failed'),
        ),
      onFault: (detail) => peers.add(detail, detail, systemClock.monotonic()),
    });
  } catch (error) {
    log.error({ detail: explain(error), path: at }, 'the socket is not served');
    return undefined;
  }
}
