/**
 * What adaptation is worth through the lane's own eye and judgement, one person left out at a time: the lane watches the
 * others pass on two days, makes a head of the sums that it kept, and then meets the person it never saw.
 *
 *   node --import tsx bench/adapt-lane.ts CLIPS IDENTITIES.csv PACK
 *
 * CLIPS holds one clip per passage; the CSV names each (file) and its person (identity).
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { withBatch } from '../src/adaptation/camera-statistics.js';
import { openAdaptation } from '../src/adaptation/sqlite-adaptation.js';
import { createStatisticsCollector } from '../src/adaptation/statistics-collector.js';
import { type Adaptation, adaptFrom } from '../src/adaptation/train-adaptation.js';
import { laneId, personId } from '../src/base/ids.js';
import { PHOTO } from '../src/biometrics/conditions/capture-condition.js';
import { distanceOf } from '../src/biometrics/distance.js';
import { type Comparison, comparisonOf } from '../src/biometrics/head/comparison.js';
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import { openPacks } from '../src/biometrics/packs/pack-store.js';
import { matchRatesAt } from '../src/biometrics/statistics/verification-rates.js';
import { galleryThrough } from '../src/lane/gallery-through.js';
import { replayLane } from '../src/lane/replay-lane.js';
import { systemClock } from '../src/platform/system-clock.js';
import { openSearch } from '../src/records/people/search.js';
import { openDatabase } from '../src/records/sql/sqlite/sqlite-database.js';
import { laneSchema } from '../src/service/config/sections/lane-section.js';
import { rulesOf } from '../src/service/setup/configured-rules.js';
import { readCamera, recordingVisionSettings, visionStart } from '../src/service/setup/vision-process.js';
import type { FrameReport } from '../src/vision/ports/vision.js';
import { superviseVision } from '../src/vision/process/supervise-vision.js';

interface Clip {
  readonly file: string;
  readonly person: string;
  readonly frames: readonly FrameReport[];
}

const [folder = '', identities = '', pack = 'mobile'] = process.argv.slice(2);
const never = new AbortController().signal;
const packFolder = packsFolder({ argument: undefined, env: process.env });
const { card } = await openPacks(packFolder).open(pack);
const plain = comparisonOf(card);
const { digest, dimension } = plain.trunk;
/** Neighbouring frames show the same. */
const BETWEEN_MS = 300;
const RATES = [1e-2, 1e-3];
const rules = rulesOf(
  laneSchema.parse({
    id: 'lane',
    gate: 'none',
    direction: 'in',
    camera: { kind: 'file', path: 'clip' },
    identification: { max_fpir: 0.001 },
    // Of single frames: nothing of a track is asked for.
    liveness: { mode: 'record' },
  }),
  card,
);
const clips = await watchAll();
const people = [...new Set(clips.map(({ person }) => person))];
await tell('encoder as it is', new Map(people.map((person) => [person, plain])));
const tries: readonly (readonly [Adaptation, number])[] = [
  ['mean', 1],
  ['whitening', 0.7],
  ['wccn', 0.7],
];
for (const [how, shrinkage] of tries) {
  const heads = new Map<string, Comparison>();
  for (const person of people) {
    const statistics = await gatheredWithout(person);
    heads.set(person, comparisonOf(card, adaptFrom(statistics, shrinkage, card.encoder.metric, how)));
  }
  await tell(`${how}, shrinkage ${shrinkage}`, heads);
}

/** Each clip through the vision process once; what it said is replayed to the lane as often as it is needed. */
async function watchAll(): Promise<readonly Clip[]> {
  const rows: readonly Record<string, string>[] = parse(await readFile(identities), { columns: true });
  const watched: Clip[] = [];
  for (const { file = '', identity = '' } of rows) {
    const frames: FrameReport[] = [];
    await superviseVision({
      ...visionStart({ dimension, onLine: () => {} }),
      clock: systemClock,
      setup: {
        ...recordingVisionSettings(pack, packFolder),
        source: readCamera(path.join(folder, path.basename(file)), { pace: 'fast', loop: false }),
      },
    }).watch((report) => {
      if (report.kind === 'frame') frames.push(report);
    }, never);
    watched.push({ file, person: identity, frames });
  }
  return watched;
}

/** The sums that a lane keeps of everybody else, sealed and read again. */
async function gatheredWithout(person: string) {
  const database = await openDatabase(':memory:');
  const store = openAdaptation(database, new Uint8Array(32));
  const lane = laneId('lane');
  const others = clips.filter((clip) => clip.person !== person);
  const gallery = await galleryThrough(plain, snapshotOf(others), openSearch);
  for (const day of ['2026-11-24', '2026-11-25']) {
    const gatherer = createStatisticsCollector({
      encoder: digest,
      dimension,
      unit: card.encoder.metric === 'cosine',
      gallery: () => gallery,
      wall: () => systemClock.wall(),
      dayOf: () => day,
      // So few clips would not fill a batch of ten on each of two days.
      batch: 4,
      keep: async (batch) => {
        await store.change(lane, digest, (now) => ({ ...now, sums: withBatch(now.sums, batch, day) }));
      },
    });
    for (const { frames } of others) {
      await replayLane(
        {
          vision: { watch: async (onReport) => shown(frames, onReport) },
          clock: systemClock,
          gallery: () => gallery,
          rules,
          onLaneDecision: () => {},
          onFrame: (frame) => gatherer.see(frame),
        },
        never,
      );
      await gatherer.finish();
    }
  }
  const { sums } = await store.load(lane, digest);
  await gallery.search.close();
  await database.close();
  if (sums === undefined) throw new Error(`Nothing was gathered without ${person}.`);
  return sums.statistics;
}

function shown(frames: readonly FrameReport[], onReport: (frame: FrameReport) => void): void {
  for (const frame of frames) onReport(frame);
}

function looksOf(clip: Clip): readonly Float32Array[] {
  let last = Number.NEGATIVE_INFINITY;
  return clip.frames.flatMap(({ gate, faces, at }) => {
    const face = gate.who === 'one' ? faces.find(({ track }) => track === gate.track) : undefined;
    if (face?.embedding === undefined || face.problems.length > 0 || at - last < BETWEEN_MS) return [];
    last = at;
    return [face.embedding];
  });
}

function snapshotOf(enrolled: readonly Clip[]) {
  const rows = enrolled.flatMap((clip) => looksOf(clip).map((vector) => ({ person: clip.person, vector })));
  const matrix = new Float32Array(rows.length * dimension);
  rows.forEach(({ vector }, row) => {
    matrix.set(vector, row * dimension);
  });
  const owners = rows.map(({ person }) => personId(person));
  const known = new Map(
    owners.map((id) => [id, { id, name: id, consent: { textVersion: '1', givenAt: systemClock.wall() } }]),
  );
  const conditions = owners.map(() => PHOTO);
  return { version: 1, digest, dimension, matrix, owners, conditions, people: known };
}

/** Whom the lane lets in over one clip. */
async function letIn(clip: Clip, enrolled: readonly Clip[], comparison: Comparison) {
  const gallery = await galleryThrough(comparison, snapshotOf(enrolled), openSearch);
  const granted: string[] = [];
  await replayLane(
    {
      vision: { watch: async (onReport) => shown(clip.frames, onReport) },
      clock: systemClock,
      gallery: () => gallery,
      rules,
      onLaneDecision: (laneDecision) => {
        if (laneDecision.verdict === 'granted') granted.push(laneDecision.person ?? '');
      },
    },
    never,
  );
  await gallery.search.close();
  return granted;
}

/** Mated pairs are of two clips; each person meets everybody else under the head that never saw it. */
async function tell(name: string, heads: ReadonlyMap<string, Comparison>): Promise<void> {
  const mated: number[] = [];
  const impostors: number[] = [];
  let own = 0;
  let strangers = 0;
  for (const [person, through] of heads) {
    // The pack's table, for want of strangers enough to measure another.
    const comparison = {
      ...through,
      calibration: card.calibration ?? through.calibration,
    };
    const seen = clips.flatMap((clip) =>
      looksOf(clip).map((vector) => ({
        clip,
        template: comparison.template(vector),
        live: comparison.live(vector),
      })),
    );
    const between = distanceOf[comparison.metric];
    for (const [i, a] of seen.entries())
      for (const [j, b] of seen.entries()) {
        if (a.clip.person !== person || a.clip === b.clip) continue;
        if (b.clip.person !== person) impostors.push(between(a.template, b.live));
        else if (i < j) mated.push(between(a.template, b.live));
      }
    for (const clip of clips.filter((one) => one.person === person)) {
      const others = clips.filter((one) => one.person !== person);
      const rest = clips.filter((one) => one !== clip);
      if ((await letIn(clip, rest, comparison)).includes(person)) own += 1;
      if ((await letIn(clip, others, comparison)).length > 0) strangers += 1;
    }
  }
  const rates = matchRatesAt(RATES, Float32Array.from(mated), Float32Array.from(impostors));
  const told = rates.map(
    ({ fmr, matches, matedPairs, tmr }) =>
      `${fmr}: ${(100 * tmr).toFixed(1)} % (${matches} of ${matedPairs})`,
  );
  process.stdout.write(
    `${name.padEnd(24)} TMR by look at ${told.join(', ')} of ${impostors.length} impostor pairs; ` +
      `let in ${own} of ${clips.length} clips enrolled, ${strangers} of ${clips.length} not enrolled\n`,
  );
}
