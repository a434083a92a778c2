import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { monotonic, wallTime } from '../../../src/base/units.js';
import { fleetCommand } from '../../../src/cli/fleet/fleet-verb.js';
import type { OfficeDependencies } from '../../../src/cli/office-dependencies.js';
import { connectBus } from '../../../src/platform/mqtt/reconnecting-bus.js';
import { signHead } from '../../../src/records/journal/journal-head.js';
import { enrolled, fleetWorld, SITE } from '../../fixtures/fleet-world.js';
import { brokerFor } from '../../service/demo/broker-for.js';
import { until } from '../../until.js';

const NOW = Date.parse('2027-01-01T12:00:00Z');
const iso = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1000).toISOString();

function shell(now = NOW) {
  const said = { lines: [] as string[], exitCode: 0 };
  const world: Partial<OfficeDependencies> = {
    print: (line) => said.lines.push(line),
    env: {},
    clock: { wall: () => wallTime(now), monotonic: () => monotonic(0) },
    setExitCode: (code) => {
      said.exitCode = code;
    },
  };
  return async (...args: string[]) => {
    said.lines.length = 0;
    said.exitCode = 0;
    await fleetCommand(world).parseAsync(['status', ...args], { from: 'user' });
    return { lines: [...said.lines], exitCode: said.exitCode };
  };
}

interface Word {
  readonly device?: string;
  readonly serial?: number;
  /** 2 if absent; null: a version that does not report it. */
  readonly reads?: number | null;
  readonly degraded?: readonly string[];
  readonly online?: string;
  readonly seen?: number;
}

/** Retained at the broker, as lanes leave it there. */
async function retained(t: TestContext, url: string, lanes: Readonly<Record<string, Word>>) {
  const bus = connectBus({ url, clientId: `lanes-${Math.random()}` });
  t.after(() => bus.close());
  await until(() => bus.connected, 'connected');
  const say = (topic: string, text: string) => bus.publish(topic, text, { qos: 1, retain: true });
  for (const [lane, word] of Object.entries(lanes)) {
    const base = `twinstile/${SITE}/${lane}`;
    await say(`${base}/availability`, word.online ?? 'online');
    await say(`${base}/health`, JSON.stringify({ v: 1, at: iso(word.seen ?? 20) }));
    const published =
      word.serial === undefined
        ? {}
        : {
            serial: word.serial,
            signed_at: iso(3600),
            reads: word.reads === null ? undefined : (word.reads ?? 2),
          };
    await say(
      `${base}/state`,
      JSON.stringify({
        v: 1,
        lane,
        device: word.device ?? 'box-1',
        mode: 'identification',
        gallery: { version: 3, published },
        pack: { name: 'mobile' },
        degraded: word.degraded ?? [],
      }),
    );
  }
  return say;
}

const fails = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof TwinstileError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, words);
  return true;
};

test('a fleet in which all is well is a table and exit code 0', async (t) => {
  const { url } = await brokerFor(t);
  await retained(t, url, { north: { serial: 4 }, south: { serial: 4 }, lab: { device: 'box-2', serial: 4 } });
  const { lines, exitCode } = await shell()('--broker', url);
  assert.equal(exitCode, 0, lines.join('\n'));
  assert.match(
    lines[1] ?? '',
    /^hq\/box-1 +north,south +4 +60 min +2 +- +- +mobile +- +identification +20 s +ok$/,
  );
  assert.match(lines[2] ?? '', /^hq\/box-2 +lab /);
  assert.equal(lines[3], '2 well.');
});

test('a box that does not read the newest segments is named, as is one of whose lanes one does not', async (t) => {
  const { url } = await brokerFor(t);
  await retained(t, url, {
    north: { serial: 4 },
    south: { serial: 4, reads: null },
    lab: { device: 'box-2', serial: 4 },
    yard: { device: 'box-3', serial: 4, reads: 1 },
  });
  const { lines, exitCode } = await shell()('--broker', url);
  assert.match(lines[1] ?? '', /^hq\/box-1 +north,south +4 +60 min +1 /);
  assert.match(lines.join('\n'), /format 2.* not read by hq\/box-1, hq\/box-3: upgrade/);
  // They do what they did before.
  assert.equal(exitCode, 0);
});

for (const [name, word, fault] of [
  ['behind the others', { serial: 3 }, 'behind'],
  ['silent for too long', { serial: 4, seen: 400 }, 'stale'],
  ['away', { serial: 4, online: 'offline' }, 'offline'],
  ['without a camera', { serial: 4, degraded: ['camera-not-live'] }, 'camera-not-live'],
] as const)
  test(`a box that is ${name} is said to be ${fault}, with exit code 4`, async (t) => {
    const { url } = await brokerFor(t);
    await retained(t, url, { north: { serial: 4 }, lab: { device: 'box-2', ...word } });
    const { lines, exitCode } = await shell()('--broker', url, '--site', SITE, '--json');
    assert.equal(exitCode, 4);
    const [first, second] = JSON.parse(lines[0] ?? '') as {
      well: boolean;
      faults: string[];
      seen_at: string;
    }[];
    assert.deepEqual([first?.well, first?.faults], [true, []]);
    assert.deepEqual([second?.well, second?.faults], [false, [fault]]);
  });

test('the newest version is that of the repository, where one is named', async (t) => {
  const world = await fleetWorld();
  await world.device('gate-1');
  await world.registrar.apply(enrolled('ada'));
  await world.publish();
  await world.registrar.apply(enrolled('bob'));
  await world.publish();
  const { url } = await brokerFor(t);
  await retained(t, url, { north: { serial: 1, seen: 60 } });
  const ask = shell(NOW);
  const asked = ['--broker', url, '--site', SITE, '--repository', world.places.out];
  const behind = await ask(...asked);
  assert.equal(behind.exitCode, 4);
  assert.match(behind.lines.join('\n'), /behind\n1 of 1 not well\.\nnewest gallery of hq: 2$/);
  await retained(t, url, { north: { serial: 2, seen: 60 } });
  const root = path.join(world.folder, 'root.json');
  await writeFile(root, world.seedRoot);
  assert.equal((await ask(...asked, '--root', root)).exitCode, 0);
  const other = await fleetWorld();
  await writeFile(root, other.seedRoot);
  await assert.rejects(ask(...asked, '--root', root), fails('fleet-refused', /signed by/));
});

test('a message that nobody can read is counted, and a lane that was taken away is gone', async (t) => {
  const { url } = await brokerFor(t);
  const say = await retained(t, url, { north: { serial: 4 }, old: { device: 'box-9', serial: 4 } });
  for (const what of ['availability', 'state', 'health']) await say(`twinstile/hq/old/${what}`, '');
  await say('twinstile/hq/west/state', '{"v":1,"lane":');
  const { lines, exitCode } = await shell()('--broker', url);
  assert.equal(exitCode, 0);
  assert.equal(lines.length, 4);
  assert.equal(lines[3], '1 messages could not be read.');
});

test('nobody there, no permission and no broker are three things, each with what to do', async (t) => {
  const { url } = await brokerFor(t, ['topic write twinstile/#']);
  await assert.rejects(
    shell()('--broker', url, '--wait', '1'),
    fails('broker-unreachable', /got nothing within 1 s/),
  );
  await retained(t, url, { north: { serial: 4 } });
  await assert.rejects(shell()('--broker', url, '--wait', '1'), (error: unknown) => {
    assert.ok(error instanceof TwinstileError);
    assert.match(error.hint ?? '', /Let this login read/);
    return true;
  });
  await assert.rejects(
    shell()('--broker', 'mqtt://127.0.0.1:1'),
    fails('broker-unreachable', /ECONNREFUSED/),
  );
});

for (const [args, words] of [
  [['--broker', 'http://x'], /mqtt:\/\/HOST:PORT/],
  [['--broker', 'mqtt://ada:secret@host'], /got 'mqtt:\/\/…@host'/],
  [['--broker', 'mqtt://x', '--site', 'a/b'], /a site of letters/],
  [['--broker', 'mqtt://x', '--wait', 'soon'], /--wait from 1 to 60, got 'soon'/],
  [['--broker', 'mqtt://x', '--stale', '5'], /--stale from 60 to 86400/],
  [['--broker', 'mqtt://x', '--repository', '/srv'], /--site with --repository/],
  [['--broker', 'mqtt://x', '--site', 'hq', '--root', 'r'], /--repository with --root/],
] as const)
  test(`refuses ${args.join(' ')}`, () => assert.rejects(shell()(...args), fails('bad-arguments', words)));

test('the newest row of each box’s journal is kept, and one that went back is said with exit code 4 until it is accepted', async (t) => {
  const { url } = await brokerFor(t);
  const say = await retained(t, url, { north: { serial: 4 } });
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-heads-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const heads = path.join(folder, 'heads.json');
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = String(publicKey.export({ type: 'spki', format: 'pem' }));
  const tell = (seq: number) => {
    const journal = signHead(
      { v: 1, site: SITE, seq, hash: `h${seq}`, at: iso(30), lost: [], key },
      privateKey,
    );
    return say(`twinstile/${SITE}/north/health`, JSON.stringify({ v: 1, at: iso(20), journal }));
  };
  const look = (...more: string[]) => shell()('--broker', url, '--heads', heads, ...more);
  await tell(9);
  assert.equal((await look()).exitCode, 0);
  await tell(7);
  const { lines, exitCode } = await look();
  assert.equal(exitCode, 4);
  assert.match(lines[1] ?? '', /journal-went-back$/);
  assert.match(
    lines.join('\n'),
    /Journal of hq\/box-1: row 9 was signed .*, and row 7 is its newest now\. .*--accept hq\/box-1/,
  );
  await tell(12);
  assert.equal((await look()).exitCode, 4);
  await assert.rejects(look('--accept', 'hq/box-9'), fails('bad-arguments', /hq\/box-1/));
  assert.equal((await look('--accept', 'hq/box-1')).exitCode, 0);
  assert.equal((await look()).exitCode, 0);
  await writeFile(heads, 'something else');
  await assert.rejects(look(), fails('bad-arguments', /something else/));
  await assert.rejects(shell()('--broker', url, '--accept', 'hq/box-1'), fails('bad-arguments', /--heads/));
});
