import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { type TestContext, test } from 'node:test';
import type { LaneAdaptation } from '../../../src/adaptation/adaptation-store.js';
import { noStatistics, withTrack } from '../../../src/adaptation/camera-statistics.js';
import type { AdaptationOutcome } from '../../../src/adaptation/evaluate-adaptation.js';
import { TwinstileError } from '../../../src/base/errors.js';
import { laneId } from '../../../src/base/ids.js';
import { normal, randomFrom } from '../../../src/base/random.js';
import { wallTime } from '../../../src/base/units.js';
import { digestWithHead, type Head } from '../../../src/biometrics/head/head.js';
import { identityMatrix } from '../../../src/biometrics/head/matrix.js';
import { digestOf } from '../../../src/biometrics/model-card.js';
import { packsFolder } from '../../../src/biometrics/packs/pack-catalog.js';
import { openPacks } from '../../../src/biometrics/packs/pack-store.js';
import { adaptCommand } from '../../../src/cli/train/adapt-verb.js';
import { withAdaptation } from '../../../src/service/adaptation/adapt-world.js';
import { considerLanes } from '../../../src/service/adaptation/consider-lanes.js';
import { loadConfig } from '../../../src/service/config/load-config.js';
import { withDatabase } from '../../../src/service/setup/open-gallery.js';
import { officeFor } from '../office.js';

const { card } = await openPacks(packsFolder({ env: process.env })).open('builtin');
const encoder = digestOf(card);
const { dimension } = card.encoder;
const lane = laneId('a');
const random = randomFrom(1);
const face = () => Float32Array.from({ length: dimension }, () => normal(random));
const sums = {
  statistics: Array.from({ length: 12 }).reduce<ReturnType<typeof noStatistics>>(
    (all) => withTrack(all, [face(), face()]),
    noStatistics(encoder, dimension),
  ),
  day: '2026-06-01',
};
const both = { unitInput: false, linear: identityMatrix(dimension, 2), unitOutput: false };
const head: Head = {
  kind: 'twin',
  encoder,
  dimension,
  outputs: dimension,
  template: both,
  live: both,
  card: { how: 'By hand.' },
  calibration: card.calibration,
};
const used = { head, over: encoder, madeAt: wallTime(0), detail: 'by hand' };
const candidate = { ...used, verdict: 'better' } as const;

async function siteFor(t: TestContext, adaptation: string, stored: LaneAdaptation = {}) {
  const office = await officeFor(t);
  const models = `models: { folder: ${packsFolder({ env: process.env })} }`;
  await writeFile(
    office.config,
    `${await readFile(office.config, 'utf8')}\n${models}\nadaptation: ${adaptation}\n`,
  );
  const config = await loadConfig(office.config);
  await office.inside(async () => {});
  await withAdaptation({ config, env: {}, clock: office.world.clock }, async ({ dependencies: parts }) => {
    await parts.store.change(lane, encoder, () => stored);
  });
  const adapt = (verb: string, ...args: string[]) =>
    office.run(adaptCommand(office.world), verb, '--config', office.config, ...args);
  return { ...office, adapt, loaded: config };
}

test('says that nothing is gathered where lanes do not adapt', async (t) => {
  const { adapt } = await siteFor(t, '{ mode: off }', { used });
  const { text } = await adapt('status');
  assert.match(text, /adaptation\.mode is off/);
  assert.match(text, /in use {5}the configured head/);
});

for (const verb of ['now', 'use']) {
  test(`refuses to ${verb} where lanes do not adapt, and says what to do`, async (t) => {
    const { adapt } = await siteFor(t, '{ mode: off }');
    await assert.rejects(
      adapt(verb),
      (error) => error instanceof TwinstileError && /propose or use/.test(error.hint ?? ''),
    );
  });
}

test('says how many passages are missing, and ends with exit code 3', async (t) => {
  const { adapt } = await siteFor(t, '{ mode: use, passages: 40 }', { sums });
  assert.deepEqual(await adapt('now'), {
    text: 'a: too few passages: as much as 12 equal ones, of 40 that it takes.',
    exitCode: 3,
  });
});

test('waits for granted passages where the enrolled photographs cannot judge', async (t) => {
  const { adapt } = await siteFor(t, '{ mode: use, passages: 10 }', { sums });
  const { text, exitCode } = await adapt('now');
  assert.match(
    text,
    /^a: waiting: 0 of 200 granted passages so far, on the fullest day of 0 of 10 people; .* to judge by, got 0\.$/,
  );
  assert.equal(exitCode, 3);
  assert.match((await adapt('status')).text, /waiting {4}head [0-9a-f]{12} of .*to judge by, got 0/);
});

test('takes what is proposed, takes it back, and says so', async (t) => {
  const { adapt } = await siteFor(t, '{ mode: propose }', { sums, candidate });
  assert.match(
    (await adapt('status')).text,
    /gathered {3}12 passages, as much as 12 .*\n.*\n {2}proposed {3}head/,
  );
  assert.match(
    (await adapt('use')).text,
    /^a: in use: head [0-9a-f]{12}\. Back: twinstile adapt undo --lane a$/,
  );
  assert.match((await adapt('status')).text, /in use {5}head [0-9a-f]{12} of .*: by hand/);
  assert.match(
    (await adapt('undo', '--dry-run')).text,
    /^To be taken out of use at a: head [0-9a-f]{12}, for the configured head; .*\nNothing was changed/,
  );
  await assert.rejects(adapt('undo'), { code: 'bad-arguments', message: /--yes/ });
  assert.match((await adapt('status')).text, /in use {5}head [0-9a-f]{12} of .*: by hand/);
  assert.match((await adapt('undo', '--yes')).text, /^a: back to the configured head\./m);
  assert.match((await adapt('status')).text, /in use {5}the configured head\n {2}held {7}since/);
  assert.match((await adapt('undo', '--yes')).text, /nothing to take back/);
  assert.equal((await adapt('use')).exitCode, 3);
});

test('each of use, undo and forget is an act in the chain with who did it and what changed, and what changes nothing is none', async (t) => {
  const { adapt, inside } = await siteFor(t, '{ mode: propose }', { sums, candidate });
  const acts = () =>
    inside(async ({ journal }) =>
      (await journal.list({ limit: 9, kind: 'act' })).map(({ body }) => body).reverse(),
    );
  const digest = digestWithHead(head);
  const who = { by: `unix:${userInfo().username}`, office: hostname() };
  await adapt('use');
  await adapt('use');
  await adapt('undo', '--yes');
  await adapt('undo', '--yes');
  await adapt('forget', '--dry-run');
  await adapt('forget', '--yes');
  await adapt('forget', '--yes');
  const told = (await acts()).map(({ login_uid: _, sudo: __, ...rest }) => rest);
  assert.deepEqual(told, [
    { act: 'head-used', lane: 'a', head: digest, before: 'configured', ...who },
    { act: 'head-undone', lane: 'a', head: 'configured', before: digest, ...who },
    { act: 'head-forgotten', lane: 'a', passages: 12, candidate: 'none', ...who },
  ]);
});

test('a head whose act cannot be written is not taken', async (t) => {
  const { adapt, loaded, inside } = await siteFor(t, '{ mode: propose }', { sums, candidate });
  await withDatabase(loaded, (database) =>
    database.write((sql) =>
      sql.run(
        "CREATE TRIGGER no_acts BEFORE INSERT ON journal WHEN NEW.kind = 'act' BEGIN SELECT RAISE(ABORT, 'full'); END",
      ),
    ),
  );
  await assert.rejects(adapt('use'));
  assert.match((await adapt('status')).text, /in use {5}the configured head/);
  assert.deepEqual(await inside(({ journal }) => journal.list({ limit: 9, kind: 'act' })), []);
});

test('forgets what was gathered', async (t) => {
  const { adapt } = await siteFor(t, '{ mode: propose }', { sums, candidate });
  await assert.rejects(adapt('forget'), { code: 'bad-arguments', message: /--yes/ });
  assert.match((await adapt('forget', '--yes')).text, /^a: the sums of 12 passages are forgotten\.$/m);
  const [row] = JSON.parse((await adapt('status', '--json')).text);
  assert.deepEqual([row.passages, row.candidate, row.used], [0, null, null]);
});

test('knows no other lanes than those of the configuration', async (t) => {
  const { adapt } = await siteFor(t, '{ mode: propose }');
  await assert.rejects(adapt('status', '--lane', 'b'), /Expected a lane of the configuration, got "b"/);
});

test('a folder without people judges nothing', async (t) => {
  const { adapt, folder } = await siteFor(t, '{ mode: propose, passages: 5 }', { sums });
  await assert.rejects(adapt('now', '--judge', `${folder}/data`), /Expected a gallery folder/);
});

test('the schedule’s own process does the same as the command', async (t) => {
  const { loaded, world } = await siteFor(t, '{ mode: use, passages: 40 }', { sums });
  const told: AdaptationOutcome[] = [];
  await withAdaptation({ config: loaded, env: {}, clock: world.clock }, (open) =>
    considerLanes(
      open,
      { anew: false, env: {}, onLane: (_, one) => told.push(one), onRefused: () => {} },
      new AbortController().signal,
    ),
  );
  assert.deepEqual(
    told.map(({ outcome }) => outcome),
    ['too-few'],
  );
});
