import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { grantId, laneId, siteId } from '../../../src/base/ids.js';
import type { DriveChoice } from '../../../src/cli/gate/gate-options.js';
import { type GateDependencies, gateCommand } from '../../../src/cli/gate/gate-verb.js';
import { createSimulator } from '../../../src/gate/drives/simulated-drive.js';
import { challengeMessage, readMessage } from '../../../src/gate/protocol/gate-messages.js';
import { newGrantKey, signingKey } from '../../../src/gate/protocol/signature.js';
import { laneTopics } from '../../../src/gate/protocol/topics.js';
import type { BusOptions } from '../../../src/platform/mqtt/reconnecting-bus.js';
import { createFakeBroker } from '../../fakes/bus.js';
import { grantBytes, keyPair } from '../../gate/protocol/sample.js';
import { sameFields } from '../../support/same-fields.js';
import { until } from '../../until.js';

const SITE = ['--site', 's', '--lane', 'l', '--gate', 'north-1', '--direction', 'in'];
const BROKER = ['--broker', 'mqtt://broker.example:1883'];
const stranger = keyPair('old').signing;
const topics = laneTopics(siteId('s'), laneId('l')).gate;

/** `twinstile gate …` with a broker in memory. */
async function shellFor(t: TestContext, more: Partial<GateDependencies> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'twinstile-gate-'));
  t.after(() => rm(folder, { recursive: true }));
  const broker = createFakeBroker();
  const lines: string[] = [];
  const stop = new AbortController();
  const said: { options?: BusOptions; choice?: DriveChoice } = {};
  const drive = createSimulator();
  const world: Partial<GateDependencies> = {
    print: (line) => lines.push(line),
    connect(options) {
      said.options = options;
      const { availability } = options;
      return broker.connect(availability === undefined ? {} : { availability });
    },
    openDrive(choice) {
      said.choice = choice;
      return drive;
    },
    untilSignal: (work) => work(stop.signal),
    ...more,
  };
  const file = async (name: string, content: Uint8Array | string) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };
  return {
    broker,
    lines,
    drive,
    said,
    stop,
    file,
    run: (...args: string[]) => gateCommand(world).exitOverride().parseAsync(args, { from: 'user' }),
  };
}

test('it opens for two keys, says so in plain lines, and stops in good order', async (t) => {
  const { broker, lines, drive, run, stop, file, said } = await shellFor(t);
  const pair = newGrantKey('ed25519');
  const mac = newGrantKey('hmac-sha256');
  const ended = run(
    ...SITE,
    ...BROKER,
    ...['--key', `old=${await file('old.pub', pair.forGate ?? '')}`],
    ...['--key', `new=${await file('new.key', mac.secret)}`],
    ...['--username', 'gate', '--password-file', await file('password', 'secret\n')],
  );
  const challenges: string[] = [];
  const lane = broker.connect();
  lane.subscribe(topics.challenge, ({ payload }) => {
    challenges.push(readMessage(challengeMessage, payload)?.challenge ?? '');
  });
  for (const key of [
    signingKey('old', 'ed25519', pair.secret),
    signingKey('new', 'hmac-sha256', mac.secret),
  ]) {
    const before = challenges.length;
    await until(() => challenges.length > before, 'a challenge');
    const challenge = challenges.at(-1) ?? '';
    await lane.publish(topics.grant, grantBytes(key, { challenge, id: grantId(`by-${key.id}`) }), { qos: 0 });
    await until(() => lines.some((line) => line.includes(`by-${key.id}`)), 'answered');
  }
  for (let n = 0; n < 3; n += 1) await lane.publish(topics.grant, 'open!', { qos: 0 });
  await lane.publish(topics.grant, 'x', { qos: 0, retain: true });
  for (const id of ['f-1', 'f-2', 'f-3'])
    await lane.publish(topics.grant, grantBytes(stranger, { id: grantId(id) }), { qos: 0 });
  await until(() => broker.published.some(({ payload }) => payload.includes('f-3')), 'answered');
  stop.abort();
  await ended;
  sameFields(lines, [
    'Gate north-1 (in) of lane l, site s: simulator.',
    'Keys: old (ed25519), new (hmac-sha256).',
    'Answers are signed with the shared key.',
    'Connected: asking for grants.',
    'Opened for grant by-old.',
    'Refused grant by-new: busy.',
    'Ignored a message that is no grant.',
    'Ignored a retained grant: somebody stores what must never be stored.',
    'Refused grant f-1: bad-signature.',
    'Stopped.',
  ]);
  assert.equal(drive.releases, 1);
  assert.equal(broker.retained(topics.availability), 'offline');
  sameFields(
    { ...said.options, onProblem: undefined, clientId: undefined },
    {
      url: 'mqtt://broker.example:1883',
      username: 'gate',
      password: 'secret',
      clientId: undefined,
      availability: topics.availability,
      onProblem: undefined,
    },
  );
});

for (const [args, choice] of [
  [[], { kind: 'simulator' }],
  [['--walk-after', '400'], { kind: 'simulator', walkAfter: 400 }],
  [
    ['--drive', 'command', '--', '/usr/local/bin/open-gate', '--relay', '2'],
    { kind: 'command', program: '/usr/local/bin/open-gate', args: ['--relay', '2'] },
  ],
  [
    ['--drive', 'gpio', '--chip', '/dev/gpiochip0', '--line', '17', '--active-low'],
    { kind: 'gpio', chip: 'gpiochip0', line: 17, activeLow: true },
  ],
] as const)
  test(`the drive of \`${args.join(' ')}\` is ${JSON.stringify(choice)}`, async (t) => {
    const { run, said, stop, file } = await shellFor(t);
    stop.abort();
    const key = await file('k.pub', newGrantKey('ed25519').forGate ?? '');
    const own = await file('gate.key', newGrantKey('ed25519').secret);
    await run(...SITE, ...BROKER, '--key', `k=${key}`, '--sign-key', own, ...args);
    sameFields(said.choice, choice);
  });

const KEY = ['--key', 'k=/nowhere/k.pub'];
for (const [name, args, message, hint] of [
  [
    'nothing',
    [],
    'Expected --site, --lane, --gate, --direction, --broker and --key, got no --site, no --lane, no --gate, no --direction, no --broker, no --key.',
    /^For example: twinstile gate /,
  ],
  [
    'no key',
    [...SITE, ...BROKER],
    'Expected --site, --lane, --gate, --direction, --broker and --key, got no --key.',
    /^For example/,
  ],
  [
    'another direction',
    [...SITE, ...BROKER, ...KEY, '--direction', 'up'],
    'Expected --direction in or out, got up.',
    /people walk/,
  ],
  [
    'a login in the address',
    [...SITE, ...KEY, '--broker', 'mqtt://me:hunter2@b:1883'],
    'Expected --broker mqtt://HOST:PORT or mqtts://HOST:PORT, got mqtt://…@b:1883.',
    /--password-file/,
  ],
  [
    'a wildcard for a lane',
    [...SITE, ...BROKER, ...KEY, '--lane', '#'],
    'Expected --lane of 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first, got "#".',
    /configuration of the lane/,
  ],
  [
    'a key without an id',
    [...SITE, ...BROKER, '--key', 'grant.pub'],
    'Expected --key ID=FILE, got grant.pub.',
    /grants\.key_id/,
  ],
  ['a key without a file', [...SITE, ...BROKER, '--key', 'k='], 'Expected --key ID=FILE, got k=.', /\.pub/],
  [
    'one id for two keys',
    [...SITE, ...BROKER, '--key', 'k=a', '--key', 'k=b'],
    'Expected each key once, got --key k=… twice.',
    /id of its own/,
  ],
  [
    'a key that is not there',
    [...SITE, ...BROKER, ...KEY],
    '/nowhere/k.pub cannot be read; it should hold the key k.',
    /\.pub/,
  ],
  [
    'another drive',
    [...SITE, ...BROKER, ...KEY, '--drive', 'magic'],
    'Expected --drive simulator, command or gpio, got magic.',
    /without hardware/,
  ],
  [
    'walkers at a real gate',
    [...SITE, ...BROKER, ...KEY, '--drive', 'gpio', '--walk-after', '1'],
    'Expected --walk-after with --drive simulator, got --drive gpio.',
    /Leave one/,
  ],
  [
    'a line without a chip',
    [...SITE, ...BROKER, ...KEY, '--drive', 'gpio', '--line', '1'],
    'Expected --chip and --line, got not both.',
    /gpioinfo/,
  ],
  [
    'a line that is no number',
    [...SITE, ...BROKER, ...KEY, '--drive', 'gpio', '--chip', 'c', '--line', '1x'],
    'Expected --line as a whole number, 0 to 1023, got "1x".',
    /number alone/,
  ],
  [
    'a chip that is an option',
    [...SITE, ...BROKER, ...KEY, '--drive', 'gpio', '--chip=-x', '--line', '1'],
    'Expected --chip of 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first, got "-x".',
    /./,
  ],
  [
    'a command without a program',
    [...SITE, ...BROKER, ...KEY, '--drive', 'command'],
    'Expected a program, got none.',
    /-- \/usr/,
  ],
  [
    'a program without --drive command',
    [...SITE, ...BROKER, ...KEY, '--', 'rm'],
    'Expected a program only with --drive command, got --drive simulator and rm.',
    /Add --drive command/,
  ],
] as const)
  test(`${name} is refused with what to do`, async (t) => {
    const { run, lines } = await shellFor(t);
    await assert.rejects(run(...args), (error: Error & { hint?: string }) => {
      assert.equal(error.message, message);
      assert.match(error.hint ?? '', hint);
      return true;
    });
    sameFields(lines, []);
  });

test('a private key is refused before anything is opened', async (t) => {
  const { run, file, said } = await shellFor(t);
  const key = await file('grant.key', newGrantKey('ed25519').secret);
  await assert.rejects(run(...SITE, ...BROKER, '--key', `k=${key}`), {
    code: 'key-unusable',
    message: /^The key at .*grant\.key cannot be used: Expected an Ed25519 public key, got a private key\.$/,
    hint: 'Give the gate the .pub file and keep the key.',
  });
  sameFields(said, {});
});

test('a gate whose answers nothing could sign does not start, unless version 1 is asked for by name', async (t) => {
  const { run, stop, file, lines } = await shellFor(t);
  stop.abort();
  const key = await file('k.pub', newGrantKey('ed25519').forGate ?? '');
  await assert.rejects(run(...SITE, ...BROKER, '--key', `k=${key}`), {
    code: 'bad-arguments',
    message: 'Expected --sign-key, got none: the answers of this gate must be signed.',
  });
  await run(...SITE, ...BROKER, '--key', `k=${key}`, '--protocol', '1');
  assert.ok(lines.some((line) => line.startsWith('Answers are NOT signed (version 1)')));
  await assert.rejects(run(...SITE, ...BROKER, '--key', `k=${key}`, '--protocol', '1', '--sign-key', key), {
    code: 'bad-arguments',
  });
});
