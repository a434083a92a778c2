/** The whole box: database, gallery, lanes, delivery. Started in order, stopped in reverse, each step bounded in time. */
import { connectBus } from '../adapters/mqtt/bus.js';
import { openSearch } from '../adapters/onnx/search.js';
import { packsFolder } from '../adapters/packs/folder.js';
import { openPacks } from '../adapters/packs/store.js';
import { openDatabase } from '../adapters/sqlite/database.js';
import { openGallery } from '../adapters/sqlite/gallery.js';
import { openJournal } from '../adapters/sqlite/journal.js';
import { together } from '../base/together.js';
import type { Config } from '../config/schema.js';
import { deliver } from '../pipeline/deliver.js';
import { serveLane } from '../pipeline/serve-lane.js';
import { digestOf } from '../siamese/card.js';
import { buildLane, type Watcher } from './build-lane.js';
import { openLiveGallery } from './live-gallery.js';
import type { Log } from './log.js';
import { databaseFile } from './open-gallery.js';
import { readSecrets } from './secrets.js';
import { createUndo } from './undo.js';

export interface DaemonParts {
  readonly config: Config;
  readonly log: Log;
  readonly env: NodeJS.ProcessEnv;
  readonly watcher?: Watcher;
}

/**
 * Runs until the signal aborts.
 * @throws TwinstileError when something that is needed at the start is missing or broken.
 */
export async function runDaemon(
  { config, log, env, watcher = {} }: DaemonParts,
  signal: AbortSignal,
): Promise<void> {
  const undo = createUndo((step, detail) => log.warn({ step, detail }, 'stop'));
  try {
    const secrets = await readSecrets(config, env.CREDENTIALS_DIRECTORY);
    const packFolder = packsFolder({ env, config: config.models.folder });
    const { card } = await openPacks(packFolder).open(config.models.pack);
    const database = undo.add('database', await openDatabase(databaseFile(config)));
    const store = undo.add('gallery', await openGallery(database, secrets.galleryKey));
    const journal = undo.add('journal', openJournal(database));
    const gallery = undo.add(
      'search',
      await openLiveGallery({
        store,
        openSearch,
        digest: digestOf(card),
        encoder: card.encoder,
        onSwap: ({ snapshot }) =>
          log.info({ version: snapshot.version, people: snapshot.people.size }, 'gallery renewed'),
        onTrouble: (detail) => log.error({ detail }, 'gallery cannot be renewed; the one in memory stays'),
      }),
    );
    const outboxBus = undo.add(
      'outbox connection',
      connectBus({ ...secrets.broker, clientId: `twinstile-${config.site}-outbox` }),
    );
    const lanes = config.lanes.map((lane) =>
      buildLane(lane, {
        config,
        card,
        packFolder,
        broker: secrets.broker,
        key: secrets.grantKey,
        gallery: gallery.current,
        store,
        journal,
        log,
        watcher,
      }),
    );
    for (const { bus } of lanes) undo.add('lane connection', bus);
    log.info({ site: config.site, lanes: config.lanes.map(({ id }) => id), pack: card.name }, 'started');
    await together(signal, [
      ...lanes.map(
        ({ parts }) =>
          (stop: AbortSignal) =>
            serveLane(parts, stop),
      ),
      (stop) => deliver({ outbox: journal, bus: outboxBus }, stop),
      (stop) => gallery.watch(stop),
    ]);
    log.info('stopped');
  } finally {
    await undo.all();
  }
}
