/** A vision process that somebody has taken over, or that has gone mad. */

import type { LaneGallery } from '../../../src/lane/decision/lane-gallery.js';
import { systemClock } from '../../../src/platform/system-clock.js';
import { superviseVision } from '../../../src/vision/process/supervise-vision.js';
import { snapshotOf } from '../../contracts/search.js';
import { bruteForce } from '../../fakes/search.js';
import { calibration, laneWorld } from '../../lane/lane-world.js';
import { bundled } from '../bundle.js';
import type { Row } from '../row.js';
import { openScope } from '../scope.js';

const KINDS = [
  'flood-heartbeats',
  'flood-frames',
  'flood-bytes',
  'bad-length',
  'bad-magic',
  'deep-json',
  'no-faces',
  'old-number',
  'future',
  'nan-vector',
  'short-vector',
  'two-of-one-track',
  'unknown-report',
  'names-a-person',
  'photo',
  'pass',
  'snapshot',
] as const;
const ENDED_MS = 1000;
/** The short form runs beside other tests, where a process may wait for the machine longer than for us. */
const ENDED_BUSY_MS = 3000;
/** Everybody's own, plus the time a busy machine takes to tell us. */
const PATIENCE_MS = 8000;

export const visionHostile: Row = {
  name: 'vision-hostile',
  claim: 'floods, bad lengths and forged frames open nothing, and the process is ended within 1 s',
  short: KINDS.length,
  long: 10 * KINDS.length,
  async run({ n, scope }) {
    const program = await bundled(scope, 'vision');
    const failures: string[] = [];
    let slowest = 0;
    const limit = n > KINDS.length ? ENDED_MS : ENDED_BUSY_MS;
    for (let trial = 0; trial < n; trial += 1) {
      const kind = KINDS[trial % KINDS.length] ?? 'bad-magic';
      const { ended, grants } = await tryOne(program, kind);
      slowest = Math.max(slowest, ended);
      if (!(ended <= limit)) failures.push(`${kind}: ended after ${Math.round(ended)} ms`);
      if (grants > 0) failures.push(`${kind}: ${grants} grants`);
    }
    return { n, failures, note: `the slowest was ended after ${Math.round(slowest)} ms` };
  },
};

async function tryOne(
  program: string,
  kind: string,
): Promise<{ readonly ended: number; readonly grants: number }> {
  const own = openScope();
  let evilAt: number | undefined;
  let endedAt: number | undefined;
  const vision = superviseVision({
    command: [process.execPath, program],
    env: { PATH: process.env.PATH, FAKE: kind },
    dimension: 4,
    onLine: (line) => {
      if (line === 'evil') evilAt ??= performance.now();
    },
    clock: systemClock,
    setup: {
      packFolder: '/nowhere',
      pack: 'builtin',
      provider: 'cpu',
      threads: 1,
      detector: { width: 640, minScore: 0.6 },
      minInterOcular: 24,
      source: { kind: 'usb', device: '/dev/video0' },
      zone: { x: 0, y: 0, width: 1, height: 1 },
    },
  });
  const stop = new AbortController();
  try {
    const world = await laneWorld(own, { gallery: await galleryOfOne() });
    const watching = vision.watch((report) => {
      if (report.kind === 'restarting') endedAt ??= performance.now();
      world.report(report);
    }, stop.signal);
    own.after(() => watching);
    own.after(() => stop.abort());
    const patience = performance.now() + PATIENCE_MS;
    while (endedAt === undefined && performance.now() < patience)
      await new Promise((done) => setTimeout(done, 20));
    const grants =
      world.decisions.filter(([{ verdict }]) => verdict === 'granted').length + world.opened.length;
    return { ended: (endedAt ?? Number.POSITIVE_INFINITY) - (evilAt ?? Number.NEGATIVE_INFINITY), grants };
  } finally {
    await own.close();
  }
}

async function galleryOfOne(): Promise<LaneGallery> {
  const snapshot = snapshotOf([['ada', [1, 0, 0, 0]]]);
  return { snapshot, search: await bruteForce(snapshot, 'euclidean'), calibration };
}
