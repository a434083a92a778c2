/**
 * The units, installed by scripts/install.sh, under a real systemd with a real broker, gate and film. Slow, and only where
 * root may boot a systemd of its own; docs/OPERATIONS.md says what was seen there.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { filmForTests } from '../../fixtures/film-for-tests.js';
import { bootSystemd, type PrivateSystemd } from './private-systemd.js';

const project = fileURLToPath(new URL('../../../', import.meta.url));
/** Generous: the machine may be busy. Of the units themselves, starting may take 120 s and the watchdog waits 10 s. */
const MAX_MS = 120_000;

const CONFIG = `
site: test
data_dir: /var/lib/twinstile
gallery: { key_credential: gallery-key }
mqtt: { url: "mqtt://127.0.0.1:1883", username: box, password_credential: mqtt-password }
grants: { key_id: k, algorithm: ed25519, key_credential: grant-key }
lanes:
  - id: north
    gate: north-1
    gate_key_file: /etc/twinstile/gate.pub
    direction: in
    pulse_ms: 300
    roi: { x: 0.3, width: 0.4 }
    camera: { kind: file, path: /srv/film/film.avi, loop: true }
    identification: { max_fpir: "1 in 1,000" }
log: { level: debug }
`;
/** The release is installed into memory, and an upgrade holds it twice for a moment. */
const ROOM = 4e9;
/** An address of the range for documentation: it stands for the internet. */
const OUTSIDE = '203.0.113.7';
const GATE =
  'SITE=test\nLANE=north\nDIRECTION=in\nBROKER=mqtt://127.0.0.1:1883\nLOGIN=gate\nKEY_ID=k\nMORE=\n';
async function until(holds: () => boolean, what: string, inside: PrivateSystemd): Promise<void> {
  const end = performance.now() + MAX_MS;
  while (!holds()) {
    if (performance.now() > end)
      assert.fail(`Expected ${what}, got:\n${inside.run('journalctl', ['--no-pager', '-n', '40']).text}`);
    await sleep(200);
  }
}

test('the service, under a real systemd', { timeout: 600_000 }, async (t: TestContext) => {
  if (!existsSync(path.join(project, 'dist/main.js'))) return t.skip('needs a build');
  if (process.availableMemory() < ROOM) return t.skip('needs 4 GB of free memory');
  const inside = await bootSystemd(project);
  if (typeof inside === 'string') return t.skip(inside);
  t.after(() => inside.close());
  const run = (command: string, ...args: readonly string[]) => {
    const { status, text } = inside.run(command, args);
    assert.equal(status, 0, `${command} ${args.join(' ')}\n${text}`);
    return text;
  };
  /** The command on the PATH, typed by root. */
  const twinstile = (...args: readonly string[]) => run('/usr/local/bin/twinstile', ...args);
  const write = (file: string, text: string) => writeFileSync(inside.outside(file), text, { mode: 0o600 });
  const status = () => inside.show('twinstile', 'StatusText');
  const core = () => {
    const pid = inside.show('twinstile', 'MainPID');
    // `kill` takes 0 for its own process group, which is this test.
    assert.notEqual(pid, '0', log('twinstile').slice(-2000));
    return pid;
  };
  const log = (unit: string) => inside.run('journalctl', ['--no-pager', '-o', 'cat', '-u', unit]).text;

  await t.test('is installed from a release, with keys, user and a folder for its data', async () => {
    cpSync(path.dirname(await filmForTests()), inside.outside('/srv/film'), { recursive: true });
    assert.match(run(path.join(project, 'scripts/install.sh')), /Installed in \/opt\/twinstile/);
    assert.equal(run('stat', '-c', '%U %a', '/var/lib/twinstile'), 'twinstile 700\n');
    writeFileSync(inside.outside('/etc/twinstile/twinstile.yaml'), CONFIG);
    write('/etc/twinstile/mqtt-password', 'secret\n');
  });

  await t.test('enrolls by the command in the handbook before it was ever started', () => {
    assert.match(twinstile('enroll', '/srv/film/gallery', '--consent-text', '1'), /2 accepted/);
  });

  await t.test('lets root, and members of twinstile-admin by name, run commands as its user', (member) => {
    run('useradd', '--create-home', '--groups', 'twinstile-admin', 'ada');
    run('useradd', '--create-home', 'bob');
    const typed = (user: string, ...args: readonly string[]) =>
      inside.run('runuser', ['-u', user, '--', '/usr/local/bin/twinstile', ...args]);
    assert.match(typed('bob', '--version').text, /Node/);
    const refused = typed('bob', 'people', 'list');
    assert.equal(refused.status, 3);
    assert.match(refused.text, /'people' works with the service's data.*\n.*adduser bob twinstile-admin/);
    assert.match(twinstile('people', 'list'), /cleo/);
    if (inside.run('sh', ['-c', 'command -v sudo']).status !== 0) return member.skip('needs sudo');
    const home = typed('ada', 'enroll', '/home/ada/photos/x', '--consent-text', '1');
    assert.equal(home.status, 2);
    assert.match(home.text, /\/var\/spool\/twinstile/);
    const helper = '/opt/twinstile/current/scripts/as-service';
    for (const words of [
      ['gate', '--drive', 'command', '--', 'cat'],
      ['run'],
      ['config', 'check', '/etc/shadow'],
    ])
      assert.notEqual(inside.run('runuser', ['-u', 'ada', '--', 'sudo', '-n', helper, ...words]).status, 0);
    assert.notEqual(inside.run('runuser', ['-u', 'ada', '--', 'sudo', '-n', 'id']).status, 0);
    const done = typed('ada', 'people', 'groups', 'cleo', '--add', 'staff');
    assert.equal(done.status, 0, done.text);
    assert.match(twinstile('journal', 'list', '--kind', 'act'), /sudo unix:ada/);
  });

  await t.test('is ready when its lane is known, and says in its status what is missing', async () => {
    write('/srv/broker.conf', 'listener 1883 0.0.0.0\nallow_anonymous true\nuser root\n');
    run('systemd-run', '--unit=broker', '--', 'mosquitto', '-c', '/srv/broker.conf');
    run('systemctl', 'start', 'twinstile');
    assert.equal(inside.show('twinstile', 'ActiveState'), 'active');
    await until(() => status() === 'north: closed (gate-offline)', 'a status without a gate', inside);
  });

  await t.test('opens a gate of its own unit', async () => {
    run('cp', '/etc/twinstile/grant.pub', '/etc/twinstile/gate-north-1.key');
    run('cp', '/etc/twinstile/gate.key', '/etc/twinstile/gate-north-1.sign-key');
    write('/etc/twinstile/gate-north-1.password', 'secret\n');
    write('/etc/twinstile/gate-north-1.env', GATE);
    run('systemctl', 'enable', '--now', 'twinstile-gate@north-1');
    await until(() => status() === 'north: identification', 'a status with a gate', inside);
    await until(() => log('twinstile-gate@north-1').includes('Opened for grant'), 'an opening', inside);
    assert.match(twinstile('journal', 'list'), /let in (ada|cleo)\b.*opened/);
    assert.match(twinstile('watch', '--for', '15'), /north: mode identification, gate ready, camera live/);
  });

  await t.test('is shut in: its own user, no privileges, seccomp, and a wall before the eye', () => {
    const about = run('cat', `/proc/${core()}/status`);
    const uid = run('id', '-u', 'twinstile').trim();
    assert.match(about, new RegExp(`^Uid:\\t${uid}\\t`, 'm'));
    assert.match(about, /^NoNewPrivs:\t1$/m);
    assert.match(about, /^Seccomp:\t2$/m);
    assert.match(about, /^CapBnd:\t0+$/m);
    assert.ok(!log('twinstile').includes('not shut in'));
  });

  await t.test('reloads, and systemd hears when that has ended', async () => {
    const before = core();
    writeFileSync(
      inside.outside('/etc/twinstile/twinstile.yaml'),
      `${CONFIG}access: { time_zone: UTC, rules: [{ effect: deny, groups: [everyone] }] }\n`,
    );
    run('systemctl', 'reload', 'twinstile');
    await until(() => log('twinstile').includes('configuration read again'), 'a reload', inside);
    await until(() => inside.show('twinstile', 'ActiveState') === 'active', 'active again', inside);
    assert.equal(core(), before);
    assert.match(log('twinstile'), /"applied":\["access"\]/);
  });

  await t.test('gets a new vision process without a restart, and a restart when core hangs', async () => {
    const eye = run('pgrep', '-P', core()).trim();
    run('kill', '-KILL', eye);
    await until(() => inside.run('pgrep', ['-P', core()]).text.trim().length > 0, 'a new eye', inside);
    assert.equal(inside.show('twinstile', 'NRestarts'), '0');
    run('kill', '-STOP', core());
    await until(() => inside.show('twinstile', 'NRestarts') === '1', 'a restart by the watchdog', inside);
    assert.match(log('twinstile'), /Failed with result 'watchdog'/);
    await until(() => status() === 'north: identification', 'at work again', inside);
  });

  await t.test(
    'reaches nothing outside of the site until install.sh has read where the broker is',
    async () => {
      run('ip', 'address', 'add', `${OUTSIDE}/32`, 'dev', 'lo');
      const elsewhere = CONFIG.replace('127.0.0.1', OUTSIDE);
      writeFileSync(inside.outside('/etc/twinstile/twinstile.yaml'), elsewhere);
      run('systemctl', 'restart', 'twinstile');
      await until(() => status().includes('broker-disconnected'), 'a broker out of reach', inside);
      const said = run(path.join(project, 'scripts/install.sh'));
      assert.match(said, new RegExp(`IPAddressAllow=${OUTSIDE}`));
      await until(() => status() === 'north: identification', 'a broker within reach', inside);
    },
  );

  await t.test('stops within its time, and leaves no process', () => {
    run('systemctl', 'stop', 'twinstile');
    assert.equal(inside.show('twinstile', 'Result'), 'success');
    assert.equal(inside.run('pgrep', ['-u', 'twinstile']).text, '');
  });

  await t.test('goes away whole, and keeps data and keys until it is told otherwise', () => {
    const script = path.join(project, 'scripts/uninstall.sh');
    run(script);
    assert.equal(inside.run('find', ['/etc/systemd/system', '-name', '*twinstile*']).text, '');
    for (const kept of ['/etc/twinstile/gallery.key', '/var/lib/twinstile/twinstile.db'])
      run('test', '-e', kept);
    run(script, '--purge');
    for (const gone of ['/etc/twinstile', '/var/lib/twinstile', '/opt/twinstile'])
      run('test', '!', '-e', gone);
    assert.notEqual(inside.run('id', ['twinstile']).status, 0);
  });
});
