import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { millis, monotonic, wallTime } from '../../../src/base/units.js';
import type { VisionReport, VisionSettings } from '../../../src/vision/ports/vision.js';
import { createSnapshotRequester, superviseVision } from '../../../src/vision/process/supervise-vision.js';
import type { VisionClient } from '../../../src/vision/process/vision-client.js';
import { until } from '../../until.js';
import { encoderSettings, fakeStart } from './fake-start.js';

const fake = fileURLToPath(new URL('../../fixtures/fake-vision.ts', import.meta.url));
const clock = {
  monotonic: () => monotonic(Number(process.hrtime.bigint()) / 1e6),
  wall: () => wallTime(Date.now()),
};
const setup: VisionSettings = {
  ...encoderSettings,
  source: { kind: 'usb', device: '/dev/video0' },
  zone: { x: 0, y: 0, width: 1, height: 1 },
};

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Watches a fake that behaves as told until `enough` says so, at most 15 s. */
async function watchFake(
  kind: string,
  enough: (reports: readonly VisionReport[]) => boolean,
  onEach: (report: VisionReport) => void = () => {},
): Promise<{ reports: VisionReport[]; lines: string[] }> {
  const reports: VisionReport[] = [];
  const lines: string[] = [];
  const stop = new AbortController();
  const limit = setTimeout(() => stop.abort(), 15_000);
  await superviseVision({
    ...fakeStart(kind),
    onLine: (line) => lines.push(line),
    setup,
    clock,
    selfTest: { metric: 'euclidean', tolerance: 0.03 },
    limits: { stalled: millis(600), silence: millis(1500), openingSilence: millis(700) },
  }).watch((report) => {
    reports.push(report);
    onEach(report);
    if (enough(reports)) stop.abort();
  }, stop.signal);
  clearTimeout(limit);
  assert.ok(enough(reports), `Expected more than ${reports.map(({ kind: each }) => each).join(' ')}`);
  return { reports, lines };
}

const restarts = (reports: readonly VisionReport[]) =>
  reports.flatMap((report) => (report.kind === 'restarting' ? [report.cause] : []));
const seenAfterRestart = (reports: readonly VisionReport[]) => {
  const restart = reports.findIndex(({ kind }) => kind === 'restarting');
  return restart >= 0 && reports.slice(restart).some(({ kind }) => kind === 'frame');
};

test('sees again within 3 s of a kill -9, and reports nothing of the dead process afterwards', async () => {
  let killed = 0;
  let back = Number.POSITIVE_INFINITY;
  let first = 0;
  const { reports } = await watchFake('good', seenAfterRestart, (report) => {
    if (report.kind === 'ready') first ||= report.pid;
    if (report.kind !== 'frame') return;
    if (killed === 0 && report.seq === 4) {
      killed = performance.now();
      process.kill(first, 'SIGKILL');
    } else if (report.seq === 0 && killed > 0) back = performance.now();
  });
  assert.ok(back - killed < 3000, `It took ${back - killed} ms.`);
  const restart = reports.findIndex(({ kind }) => kind === 'restarting');
  for (const report of reports.slice(restart))
    if (report.kind === 'frame') assert.ok(report.faces.every(({ track }) => track !== `${first}-1`));
});

for (const [kind, cause] of [
  ['half-message', /SIGKILL/],
  ['garbage', /TWV1/],
  ['too-long', /header of at most/],
  ['nan', /within its ranges/],
  ['repeats', /frame number above 2/],
  ['from-the-future', /frame's time up to/],
  ['shows-unasked', /request that was not made/],
  ['exits', /code 7/],
  ['hangs', /silent for 1\.5 s while the USB camera gave pictures/],
] as const) {
  test(`replaces a process that does this: ${kind}`, async () => {
    const { reports } = await watchFake(kind, seenAfterRestart);
    assert.match(restarts(reports)[0] ?? '', cause);
    const restart = reports.findIndex((report) => report.kind === 'restarting');
    const before = reports.slice(0, restart).filter((report) => report.kind === 'frame');
    assert.deepEqual(
      before.map(({ seq }) => seq),
      [0, 1, 2],
    );
  });
}

test('gives a camera twice the time after its process was ended before the first picture, and says each limit', async () => {
  const { reports } = await watchFake('opens-for-ever', (all) => restarts(all).length === 2);
  assert.deepEqual(
    restarts(reports).map((cause) => cause.replace(/, without .*/, '')),
    [0.7, 1.4].map((limit) => `it was silent for ${limit} s before the first picture of the USB camera`),
  );
});

test('replaces a process whose encoder drifts, and holds the next one to the same measure', async () => {
  const verdictsOf = (reports: readonly VisionReport[]) =>
    reports.flatMap((report) =>
      report.kind === 'canary' ? [report.verdict] : report.kind === 'restarting' ? ['restarting'] : [],
    );
  const { reports } = await watchFake('drifts', (all) => verdictsOf(all).length >= 6);
  assert.deepEqual(verdictsOf(reports), ['unsure', 'true', 'untrue', 'restarting', 'true', 'true']);
  assert.match(restarts(reports)[0] ?? '', /encoder/);
});

test('says from outside that a live camera has stalled', async () => {
  const { reports } = await watchFake('stalls', (all) =>
    all.some((report) => report.kind === 'camera' && report.status === 'stalled'),
  );
  assert.deepEqual(restarts(reports), []);
});

test('hands out a picture while it watches, and afterwards has nobody to ask', async () => {
  const stop = new AbortController();
  const vision = superviseVision({
    ...fakeStart(),
    setup,
    clock,
  });
  assert.deepEqual(await vision.snapshot(), { kind: 'none', reason: 'vision-restarting' });
  const asked: ReturnType<typeof vision.snapshot>[] = [];
  await vision.watch((report) => {
    if (report.kind === 'frame' && asked.length === 0) {
      asked.push(vision.snapshot());
      void asked[0]?.then(() => stop.abort());
    }
  }, stop.signal);
  assert.deepEqual(await asked[0], {
    kind: 'picture',
    bytes: Uint8Array.of(0xff, 0xd8, 0xff, 9),
    width: 2,
    height: 1,
  });
  assert.deepEqual(await vision.snapshot(), { kind: 'none', reason: 'vision-restarting' });
});

test('ends when a finite source has ended', async () => {
  const { reports } = await watchFake('ends', (all) => all.some(({ kind }) => kind === 'end'));
  assert.equal(reports.at(-1)?.kind, 'end');
});

test('lets no flood of lines through', async () => {
  const { lines } = await watchFake('floods-log', (all) =>
    all.some((r) => r.kind === 'frame' && r.seq === 20),
  );
  assert.ok(lines.length > 10 && lines.length < 60, `${lines.length} lines`);
});

for (const kind of ['ignores-stop', 'ignores-sigterm']) {
  test(`leaves no process behind that does this: ${kind}`, async () => {
    let pid = 0;
    const start = performance.now();
    await watchFake(
      kind,
      (all) => all.some(({ kind: each }) => each === 'frame'),
      (report) => {
        if (report.kind === 'ready') pid = report.pid;
      },
    );
    assert.ok(performance.now() - start < 6000);
    assert.equal(alive(pid), false);
  });
}

test('thirty processes under one signal leave no listener at it, and Node warns of nothing', async (t) => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const { signal } = new AbortController();
  // Each process ends at once, which costs less than thirty clips and is waited for in the same way.
  for (let clip = 0; clip < 30; clip += 1) {
    const watching = superviseVision({ ...fakeStart(), command: ['/bin/true'], setup, clock }).watch(() => {
      throw new Error('enough');
    }, signal);
    await assert.rejects(watching, /enough/);
  }
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
  assert.deepEqual(warnings, []);
});

test('leaves the fault of its listener to the caller', async () => {
  const stop = new AbortController();
  const watching = superviseVision({
    ...fakeStart(),
    setup,
    clock,
  }).watch(() => {
    throw new Error('listener');
  }, stop.signal);
  await assert.rejects(watching, /listener/);
});

test('leaves no orphan when core is killed', async () => {
  const parent = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('../../fixtures/vision-parent.ts', import.meta.url)), fake],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  assert.ok(alive(pid));
  parent.kill('SIGKILL');
  await until(() => !alive(pid), 'its end');
});

const picture = { bytes: Uint8Array.of(0xff, 0xd8, 0xff), width: 2, height: 1 };

type Settle = (outcome: object) => void;

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** A client whose requests are answered by hand. */
function setUp() {
  const requests: unknown[] = [];
  const settles: Settle[] = [];
  const request = (body: object, options: object) =>
    new Promise((resolve) => {
      requests.push({ ...body, ...options });
      settles.push(resolve as Settle);
    });
  const client = { request } as unknown as Pick<VisionClient, 'request'>;
  const snapshots = createSnapshotRequester(millis(1000));
  snapshots.use(client);
  return { requests, settle: (outcome: object) => settles.shift()?.(outcome), snapshots };
}

test('a request is sent once, and its response comes back', async () => {
  const { requests, settle, snapshots } = setUp();
  const answer = snapshots.snapshot();
  await nextTurn();
  settle({ kind: 'answered', responses: [{ kind: 'snapshot', id: 0, ...picture }] });
  assert.deepEqual(await answer, { kind: 'picture', ...picture });
  assert.deepEqual(requests, [{ kind: 'snapshot', patience: 1000, view: undefined, limit: 1500 }]);
});

test('one at a time: a second request meanwhile is refused as busy', async () => {
  const { requests, settle, snapshots } = setUp();
  const first = snapshots.snapshot();
  assert.deepEqual(await snapshots.snapshot(), { kind: 'none', reason: 'busy' });
  await nextTurn();
  settle({ kind: 'late' });
  assert.deepEqual(await first, { kind: 'none', reason: 'camera-not-live' });
  assert.equal(requests.length, 1);
});

test('a live view and an operator get their pictures one after the other', async () => {
  const { requests, settle, snapshots } = setUp();
  const live = snapshots.snapshot('live');
  const one = snapshots.snapshot();
  await nextTurn();
  assert.equal(requests.length, 1);
  settle({ kind: 'answered', responses: [{ kind: 'snapshot', id: 0, ...picture, seq: 7 }] });
  assert.deepEqual(await live, { kind: 'picture', ...picture, seq: 7 });
  await nextTurn();
  settle({ kind: 'answered', responses: [{ kind: 'snapshot', id: 1, ...picture, seq: 9 }] });
  assert.deepEqual(await one, { kind: 'picture', ...picture, seq: 9 });
  assert.deepEqual(requests, [
    { kind: 'snapshot', patience: 1000, view: 'live', limit: 1500 },
    { kind: 'snapshot', patience: 1000, view: undefined, limit: 1500 },
  ]);
});

test('without a process, and with the end of one, the reason is that it restarts', async () => {
  const { requests, settle, snapshots } = setUp();
  const waiting = snapshots.snapshot();
  await nextTurn();
  settle({ kind: 'ended', end: { cause: 'it exited with code 1' } });
  const restarting = { kind: 'none', reason: 'vision-restarting' };
  assert.deepEqual(await waiting, restarting);
  snapshots.use(undefined);
  assert.deepEqual(await snapshots.snapshot(), restarting);
  assert.equal(requests.length, 1);
});
