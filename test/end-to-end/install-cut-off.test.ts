/** scripts/install.sh ended by kill -9 at some moment, and on a disk that gets full: a whole program each time, and settings as they were. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { releaseFor } from './small-release.js';

const KILLS = Number(process.env.TWINSTILE_KILLS ?? 5);
const PARTS = 40;

/** Each file of the program says its version, so that a mixture is seen. */
function fill(release: string, version: string): void {
  writeFileSync(path.join(release, 'package.json'), JSON.stringify({ version }));
  for (let part = 0; part < PARTS; part += 1)
    writeFileSync(path.join(release, `docs/part-${part}.md`), version);
}

/** The version that a whole program says, in each of its files; fails on a mixture, or on one that lacks a file. */
function versionIn(program: string): string {
  const { version } = JSON.parse(readFileSync(path.join(program, 'current/package.json'), 'utf8'));
  const said = Array.from({ length: PARTS }, (_, part) =>
    readFileSync(path.join(program, `current/docs/part-${part}.md`), 'utf8'),
  );
  assert.deepEqual(new Set(said), new Set([version]));
  for (const file of ['dist/main.js', 'runtime/bin/node', 'scripts/with-notify'])
    assert.ok(existsSync(path.join(program, 'current', file)), file);
  return version;
}

/** mulberry32: the seed stands in the test's output. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test(`install.sh ended by kill -9 at ${KILLS} moments leaves a whole program, and goes through afterwards`, async (t) => {
  const { release, root, run } = releaseFor(t);
  const program = path.join(root, 'opt/twinstile');
  const settings = path.join(root, 'etc/twinstile');
  const seed = Number(process.env.TWINSTILE_SEED ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed} (TWINSTILE_SEED)`);
  const random = randomOf(seed);
  fill(release, '1.0.0');
  assert.equal(run('install.sh').status, 0);
  writeFileSync(path.join(settings, 'twinstile.yaml'), 'mine');
  mkdirSync(path.join(program, 'current/models/packs/pulled'), { recursive: true });
  writeFileSync(path.join(program, 'current/models/packs/pulled/card.json'), '{}');
  const kept = () =>
    ['twinstile.yaml', 'gallery.key', 'grant.key'].map((file) =>
      readFileSync(path.join(settings, file), 'utf8'),
    );
  const before = kept();
  let whole = Number.POSITIVE_INFINITY;
  let ended = 0;
  for (let count = 0; count < KILLS; count += 1) {
    const [was, next] = [`1.0.${count}`, `1.0.${count + 1}`];
    fill(release, was);
    const began = performance.now();
    assert.equal(run('install.sh').status, 0);
    // The machine may be busy at one time and idle at another: what is killed must still be at work.
    whole = Math.min(whole, performance.now() - began);
    fill(release, next);
    const child = spawn('bash', [path.join(release, 'scripts/install.sh'), '--root', root], {
      detached: true,
      stdio: 'ignore',
    });
    await after(random() * whole);
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    if (child.signalCode === 'SIGKILL') ended += 1;
    assert.ok([was, next].includes(versionIn(program)));
    assert.deepEqual(kept(), before);
    assert.equal(run('install.sh').status, 0);
    assert.equal(versionIn(program), next);
    assert.ok(
      existsSync(path.join(program, 'current/models/packs/pulled/card.json')),
      'a pack that was pulled',
    );
    assert.equal(readdirSync(path.join(program, 'releases')).length, 1);
  }
  t.diagnostic(`${ended} of ${KILLS} were ended while at work`);
  assert.ok(ended > 0);
});

const canMount = spawnSync('unshare', ['--mount', '--map-root-user', 'true']).status === 0;

test('a disk that gets full in the middle is said, leaves the program before, and with room the same command goes through', {
  ...(canMount ? {} : { skip: 'mounting is not allowed here' }),
}, (t) => {
  const { release, root } = releaseFor(t);
  const program = path.join(root, 'opt/twinstile');
  mkdirSync(program, { recursive: true });
  const script = path.join(release, 'scripts/install.sh');
  // The check before it asks for hundreds of MB: here it is the copying that has to notice.
  writeFileSync(script, readFileSync(script, 'utf8').replace(/^ROOM_MB=.*$/m, 'ROOM_MB=0'));
  fill(release, '1.0.0');
  // The runtime is copied, or linked where it is the system's.
  const runtime = Math.ceil(statSync(process.execPath).size / 2 ** 20);
  const steps = `
    set -eu
    mount -t tmpfs -o "size=$(($3 + 20))m" tmpfs "$1/opt"
    bash "$2/scripts/install.sh" --root "$1" >/dev/null
    head -c 40000000 /dev/zero >"$2/docs/large.md.txt"
    echo 2.0.0 >"$2/docs/part-0.md"
    if bash "$2/scripts/install.sh" --root "$1" >/dev/null 2>"$1/said"; then echo 'it went through'; exit 1; fi
    ls "$1/opt/twinstile/releases" | wc -l
    cat "$1/opt/twinstile/current/docs/part-0.md"; echo
    mount -o remount,"size=$(($3 * 2 + 150))m" "$1/opt"
    bash "$2/scripts/install.sh" --root "$1" >/dev/null
    cat "$1/opt/twinstile/current/docs/part-0.md"`;
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['--mount', '--map-root-user', 'sh', '-c', steps, 'sh', root, release, String(runtime)],
    {
      encoding: 'utf8',
      timeout: 120_000,
    },
  );
  assert.equal(status, 0, stdout + stderr);
  assert.equal(stdout, '1\n1.0.0\n2.0.0\n');
  const said = readFileSync(path.join(root, 'said'), 'utf8');
  assert.match(said, /got a full disk/);
  assert.match(said, /what was installed before is untouched\. Mend it and run install\.sh again/);
  assert.doesNotMatch(said, /\n\s+at /, 'no trace of calls');
});

test('too little room is refused before anything is touched', (t) => {
  const { release, files, run } = releaseFor(t);
  const script = path.join(release, 'scripts/install.sh');
  writeFileSync(script, readFileSync(script, 'utf8').replace(/^ROOM_MB=.*$/m, 'ROOM_MB=999999999'));
  const { status, stderr } = run('install.sh');
  assert.equal(status, 1);
  assert.match(stderr, /MB free for .*999999999 are needed\. Nothing was changed/);
  assert.deepEqual(files(), []);
});
