import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { wallTime } from '../../../src/base/units.js';
import { zonedTimes } from '../../../src/base/zoned-time.js';
import { WatchLines } from '../../../src/cli/gate/watch-lines.js';
import { watchCommand } from '../../../src/cli/gate/watch-verb.js';
import type { LaneEvent } from '../../../src/gate/watch-lanes.js';
import { connectBus } from '../../../src/platform/mqtt/reconnecting-bus.js';
import { brokerFor } from '../../service/demo/broker-for.js';
import { until } from '../../until.js';

const at = '2026-03-02T07:58:12.402Z';
const lines = (...events: readonly LaneEvent[]) => {
  const watch = new WatchLines();
  const context = {
    format: zonedTimes('Europe/Berlin'),
    now: wallTime(Date.parse(at)),
    nameOf: (person: string) => (person === 'ada' ? 'Ada Lovelace' : undefined),
  };
  return events.map((event) => watch.linesOf(event, context).join('\n') || undefined);
};
const granted: LaneEvent = {
  kind: 'decision',
  lane: 'north',
  message: {
    id: 'g-1',
    at,
    verdict: 'granted',
    reason: 'face-identified',
    person: 'ada',
    odds: '1 in 500,000',
  },
};
const ack = (result: string, reason?: string): LaneEvent => ({
  kind: 'gate/ack',
  lane: 'north',
  message: { grant: 'g-1', result, reason },
});
const state = (degraded: string[]): LaneEvent => ({
  kind: 'state',
  lane: 'north',
  message: { mode: 'identification', gate: 'ready', camera: 'live', degraded },
});

test('granted is one line, and that the gate opened is another', () =>
  assert.deepEqual(lines(granted, ack('unconfirmed'), ack('opened'), ack('opened')), [
    '08:58:12 north: granted Ada Lovelace (ada) (face-identified, 1 in 500,000)',
    '08:58:12 north: the gate does not know yet whether it opened for Ada Lovelace (ada)',
    '08:58:12 north: the gate opened for Ada Lovelace (ada)',
    undefined,
  ]));

test('an answer that is here before its decision is shown with it', () =>
  assert.deepEqual(lines(ack('opened'), granted), [
    undefined,
    '08:58:12 north: granted Ada Lovelace (ada) (face-identified, 1 in 500,000)\n08:58:12 north: the gate opened for Ada Lovelace (ada)',
  ]));

test('a gate that stays shut says why, and an answer to nothing that was seen is no news', () => {
  assert.match(
    lines(granted, ack('refused', 'busy'))[1] ?? '',
    /stayed shut for Ada Lovelace \(ada\): busy$/,
  );
  assert.deepEqual(lines(ack('opened')), [undefined]);
});

test('a refusal says whom and why, and a face that is not known has no name', () => {
  const refused: LaneEvent = {
    kind: 'decision',
    lane: 'north',
    message: { id: 'd', at, verdict: 'refused', reason: 'unknown', mode: 'identification' },
  };
  assert.match(lines(refused)[0] ?? '', /^08:58:12 north: refused a face: .+ \(unknown\)$/);
});

test('a state is shown when it changes', () => {
  const [first, same, worse, offline] = lines(state([]), state([]), state(['gate-offline']), {
    kind: 'availability',
    lane: 'north',
    message: 'offline',
  });
  assert.equal(first, '08:58:12 north: mode identification, gate ready, camera live, well');
  assert.equal(same, undefined);
  assert.match(worse ?? '', /not well: gate-offline$/);
  assert.match(offline ?? '', /north: offline$/);
});

test('what others publish writes nothing else to the terminal', () => {
  const [line] = lines({
    kind: 'decision',
    lane: 'north',
    message: { id: 'd', at: '\u001b[2J', verdict: 'granted', reason: 'x\u001b]0;y', person: 'p\r\n\u202e' },
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  assert.doesNotMatch(line ?? '', /[\u0000-\u001f\u202e]/);
});

async function siteFor(t: TestContext) {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-watch-'));
  t.after(() => rm(folder, { recursive: true }));
  const broker = await brokerFor(t, [
    'user dashboard',
    'topic read twinstile/#',
    'user box',
    'topic write twinstile/#',
  ]);
  const box = connectBus({ url: broker.url, clientId: 'box', username: 'box' });
  t.after(() => box.close());
  await until(() => box.connected, 'the box is connected');
  const printed: string[] = [];
  const stop = new AbortController();
  const watch = (...args: readonly string[]) =>
    watchCommand({
      env: { HOME: folder },
      print: (line) => void printed.push(line),
      untilSignal: (work) => work(stop.signal),
    }).parseAsync(args, { from: 'user' });
  return { broker, box, printed, stop, watch, folder };
}

test('it shows what a box publishes over a real broker, by the login of a dashboard, as JSON too', async (t) => {
  const { broker, box, printed, stop, watch } = await siteFor(t);
  const options = ['--broker', broker.url, '--username', 'dashboard', '--site', 'hq'];
  const ended = Promise.all([watch(...options), watch(...options, '--json')]);
  await box.publish('twinstile/hq/north/state', JSON.stringify({ v: 1, ...(state([]).message as object) }), {
    qos: 1,
    retain: true,
  });
  await until(() => printed.length === 2, 'the state, twice');
  await box.publish('twinstile/hq/north/decision', JSON.stringify({ v: 1, ...(granted.message as object) }), {
    qos: 1,
  });
  await until(() => printed.length === 4, 'the decision, twice');
  stop.abort();
  await ended;
  assert.ok(printed.some((line) => line.endsWith('north: granted ada (face-identified, 1 in 500,000)')));
  const json = printed.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  assert.deepEqual(
    json.map(({ site, lane, kind }) => [site, lane, kind]),
    [
      ['hq', 'north', 'state'],
      ['hq', 'north', 'decision'],
    ],
  );
});

test('by the configuration of a box it takes that box’s login and its lanes', async (t) => {
  const { broker, watch, folder } = await siteFor(t);
  const file = path.join(folder, 'twinstile.yaml');
  await writeFile(
    file,
    `
site: hq
data_dir: data
gallery: { key_file: gallery.key }
mqtt: { url: "${broker.url}", username: box }
grants: { key_id: k, algorithm: ed25519, key_file: grant.key }
lanes:
  - { id: north, gate: g, gate_key_file: gate.pub, direction: in, camera: { kind: usb, device: /dev/video0 }, identification: { max_fpir: "1 in 1,000" } }
`,
  );
  await watch('-c', file, '--for', '0.2');
  await assert.rejects(
    watch('-c', file, '--lane', 'south'),
    /Expected a lane of this box \(north\), got 'south'/,
  );
  await assert.rejects(watch('-c', file, '--for', 'ever'), /--for above 0/);
});
