/** Every attack in the TUF specification's list (1.5.2), against the production module and a really signed repository. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { TwinstileError } from '../../../src/base/errors.js';
import type { FleetSource } from '../../../src/fleet/fleet-ports.js';
import { httpSource } from '../../../src/fleet/repository/http-source.js';
import { newSigner } from '../../../src/fleet/repository/keyring.js';
import { folderSource } from '../../../src/fleet/repository/open-source.js';
import { enrolled, fleetWorld, HOUR } from '../../fixtures/fleet-world.js';

/** A registrar with ada published and synced, then bob published: the device is one version behind. */
async function oneBehind() {
  const world = await fleetWorld();
  const box = await world.device('gate-1');
  await world.registrar.apply(enrolled('ada'));
  await world.publish();
  await box.sync();
  const old = path.join(world.folder, 'old');
  await cp(world.places.out, old, { recursive: true });
  world.pass(HOUR);
  await world.registrar.apply(enrolled('bob'));
  await world.publish();
  return { world, box, old };
}

/** The repository, but some answers are the attacker's. */
function tampered(
  folder: string,
  change: (name: string, bytes: Buffer | undefined) => Buffer | undefined,
): FleetSource {
  const honest = folderSource(folder);
  return {
    ...honest,
    fetch: async (name, most, signal) => change(name, await honest.fetch(name, most, signal)),
  };
}

const edited = (bytes: Buffer | undefined, change: (signed: Record<string, unknown>) => void): Buffer => {
  const json = JSON.parse(bytes?.toString('utf8') ?? '{}') as { signed: Record<string, unknown> };
  change(json.signed);
  return Buffer.from(JSON.stringify(json));
};

type Behind = Awaited<ReturnType<typeof oneBehind>>;

/** The old gallery keeps serving, and the next honest cycle takes the new one. */
async function holds({ world, box }: Behind, source: FleetSource, code: string | RegExp): Promise<void> {
  await assert.rejects(box.sync(source), (error) => {
    assert.ok(error instanceof TwinstileError, String(error));
    if (typeof code === 'string') assert.equal(error.code, code, error.message);
    else assert.match(error.message, code);
    assert.notEqual(error.hint, undefined);
    return true;
  });
  assert.deepEqual(await box.people(), ['ada ada 1']);
  await box.sync(folderSource(world.places.out));
  assert.deepEqual(await box.people(), ['ada ada 1', 'bob bob 1']);
}

const isRole = (name: string, role: string): boolean => name.endsWith(`${role}.json`);

for (const role of ['timestamp', 'snapshot', 'targets', 'site-hq'])
  test(`arbitrary software installation: ${role} that nobody signed is refused`, async () => {
    const behind = await oneBehind();
    if (role === 'targets')
      await behind.world.delegateSite(
        await behind.world.ceremony(),
        'hq',
        await behind.world.assigned('site-hq'),
      );
    const source = tampered(behind.world.places.out, (name, bytes) =>
      bytes !== undefined && isRole(name, role) && !name.includes('site/')
        ? edited(bytes, (signed) => {
            signed.x_forged = 'yes';
          })
        : bytes,
    );
    if (role === 'targets') {
      // Unchanged here, so that it is not fetched again: a box that begins anew fetches it.
      const fresh = await behind.world.device('gate-2');
      await behind.world.publish();
      await assert.rejects(fresh.sync(source), /Expected targets/);
      return;
    }
    await holds(behind, source, 'fleet-refused');
  });

test('arbitrary software installation: a root signed by other keys is refused', async () => {
  const behind = await oneBehind();
  const other = await fleetWorld();
  await other.changeRoot(await other.ceremony(), {});
  const forged = await other.metadata.read('2.root.json');
  await holds(
    behind,
    tampered(behind.world.places.out, (name, bytes) => (name === 'metadata/2.root.json' ? forged : bytes)),
    'fleet-refused',
  );
});

test('arbitrary software installation: changed bytes of a segment are refused', async () => {
  const behind = await oneBehind();
  const flip = (bytes: Buffer | undefined): Buffer => {
    const copy = Buffer.from(bytes ?? []);
    copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
    return copy;
  };
  await holds(
    behind,
    tampered(behind.world.places.out, (name, bytes) => (name.startsWith('blobs/') ? flip(bytes) : bytes)),
    'fleet-refused',
  );
});

test('rollback: an old repository is refused once a newer one was taken', async () => {
  const { box, old, world } = await oneBehind();
  await box.sync();
  await assert.rejects(box.sync(folderSource(old)), /which was here before/);
  assert.deepEqual(await box.people(), ['ada ada 1', 'bob bob 1']);
  assert.deepEqual(await box.sync(folderSource(world.places.out)), { result: 'unchanged', serial: 2 });
});

test('rollback: also after everything that was kept of the metadata is gone', async () => {
  const { box, old } = await oneBehind();
  await box.sync();
  await box.database.write((sql) => sql.run('DELETE FROM fleet_trust'));
  await assert.rejects(box.sync(folderSource(old)), /which was here before/);
  assert.equal((await box.sync()).result, 'unchanged');
});

test('fast-forward: versions driven up with stolen keys are forgotten with the keys', async () => {
  const { world, box } = await oneBehind();
  const stolen = await world.signersOf('timestamp');
  const timestamp = JSON.parse((await world.metadata.read('timestamp.json')).toString()) as {
    signed: { version: number };
  };
  timestamp.signed.version = 1_000_000;
  const { Timestamp } = await import('@tufjs/models');
  const { signedBytes } = await import('../../../src/fleet/tuf/signing.js');
  const forged = signedBytes(Timestamp.fromJSON(timestamp.signed as never), stolen);
  await box.sync(
    tampered(world.places.out, (name, bytes) => (name === 'metadata/timestamp.json' ? forged : bytes)),
  );
  await assert.rejects(box.sync(), /timestamp version 1000000 or newer/);
  const fresh = await newSigner(world.places.keys, 'timestamp-2');
  await world.changeRoot(await world.ceremony(), { timestamp: { keys: [fresh.key], threshold: 1 } });
  await world.publish({ timestamp: [fresh] });
  assert.equal((await box.sync()).result, 'unchanged');
});

test('indefinite freeze: a repository that stands still is noticed when the timestamp expires', async () => {
  const behind = await oneBehind();
  const { world, box, old } = behind;
  world.pass(24 * HOUR);
  await assert.rejects(
    box.sync(folderSource(old)),
    (error) => error instanceof TwinstileError && error.code === 'fleet-expired',
  );
  assert.deepEqual(await box.people(), ['ada ada 1']);
  await world.publish();
  await box.sync();
  assert.deepEqual(await box.people(), ['ada ada 1', 'bob bob 1']);
});

test('indefinite freeze: a clock that is set back does not make old metadata valid again', async () => {
  const { world, box, old } = await oneBehind();
  world.pass(30 * HOUR);
  await world.publish();
  await box.sync();
  world.pass(-100 * HOUR);
  await box.database.write((sql) => sql.run('UPDATE fleet_state SET floors = NULL'));
  await box.database.write((sql) => sql.run('DELETE FROM fleet_trust'));
  await assert.rejects(
    box.sync(folderSource(old)),
    (error) => error instanceof TwinstileError && error.code === 'fleet-expired',
  );
});

test('endless data: no more is read than was signed or than the kind of file can have', async () => {
  const behind = await oneBehind();
  const asked: number[] = [];
  const honest = folderSource(behind.world.places.out);
  await behind.box.sync({
    ...honest,
    fetch: async (name, most, signal) => {
      asked.push(most);
      return honest.fetch(name, most, signal);
    },
  });
  assert.ok(Math.max(...asked) <= 5_000_000, String(asked));
  await writeFile(path.join(behind.world.places.out, 'metadata', 'timestamp.json'), Buffer.alloc(20_000, 32));
  await assert.rejects(behind.box.sync(), /at most 16384 bytes/);
});

test('extraneous dependencies: a site cannot speak for another site', async () => {
  const { world, box } = await oneBehind();
  const name = 'other';
  const other = await newSigner(world.places.keys, `site-${name}-1`);
  await world.delegateSite(await world.ceremony(), name, { keys: [other.key], threshold: 1 });
  const { Targets } = await import('@tufjs/models');
  const { signTargets, LIFETIMES } = await import('../../../src/fleet/publish/sign-metadata.js');
  const { targetFileOf, SPEC_VERSION } = await import('../../../src/fleet/tuf/signing.js');
  const target = targetFileOf('site/hq/manifest.json', Buffer.from('{}'));
  await signTargets(
    { folder: world.metadata, now: world.now() },
    { role: `site-${name}`, signers: [other], lifetime: LIFETIMES.site },
    () =>
      new Targets({
        specVersion: SPEC_VERSION,
        version: 1,
        expires: '2000-01-01T00:00:00Z',
        targets: { [target.path]: target },
      }),
  );
  await world.publish();
  await box.sync();
  assert.deepEqual(await box.people(), ['ada ada 1', 'bob bob 1']);
});

test('mix-and-match: roles of two moments do not go together', async () => {
  const behind = await oneBehind();
  const { world, old } = behind;
  const oldNames = await readdir(path.join(old, 'metadata'));
  const oldSite =
    oldNames
      .filter((name) => name.endsWith('.site-hq.json'))
      .sort()
      .at(-1) ?? '';
  const bytes = await readFile(path.join(old, 'metadata', oldSite));
  await holds(
    behind,
    tampered(world.places.out, (name, honest) => (isRole(name, 'site-hq') ? bytes : honest)),
    'fleet-refused',
  );
});

test('malicious mirrors preventing updates: one that hands out nothing is said, and changes nothing', async () => {
  const behind = await oneBehind();
  await holds(behind, folderSource(path.join(behind.world.folder, 'nowhere')), 'fleet-unreachable');
});

test('malicious mirrors preventing updates: one that keeps a part back takes nobody’s old gallery away', async () => {
  const behind = await oneBehind();
  const asked: string[] = [];
  const source = tampered(behind.world.places.out, (name, bytes) => {
    if (!name.startsWith('blobs/')) return bytes;
    asked.push(name);
    return asked.length > 1 ? undefined : bytes;
  });
  await holds(behind, source, /the part [0-9a-f]{12}… of the gallery, got nothing/);
});

test('malicious mirrors preventing updates: what an honest one has is taken as soon as it is asked', async () => {
  const { world, box, old } = await oneBehind();
  // A mirror that shows the same old day to everybody: nothing is wrong with it yet, and nothing new comes.
  assert.equal((await box.sync(folderSource(old))).result, 'unchanged');
  assert.equal((await box.sync(folderSource(world.places.out))).result, 'applied');
});

/** Answers with what is in the folder, a few bytes at a time. */
async function drippingServer(
  t: TestContext,
  folder: string,
  isSlow: (url: string) => boolean,
): Promise<URL> {
  const server = http.createServer(async ({ url = '' }, response) => {
    const bytes = await readFile(path.join(folder, url)).catch(() => undefined);
    if (bytes === undefined) return void response.writeHead(404).end();
    if (!isSlow(url)) return void response.end(bytes);
    for (const byte of bytes) {
      if (response.destroyed) return;
      response.write(Buffer.of(byte));
      await pause(50);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

for (const [what, isSlow] of [
  ['the timestamp', (url: string) => url.endsWith('timestamp.json')],
  ['a segment', (url: string) => url.startsWith('/blobs/')],
] as const)
  test(`slow retrieval: a server that drips ${what} is given up, however busy it looks`, async (t) => {
    const behind = await oneBehind();
    const url = await drippingServer(t, behind.world.places.out, isSlow);
    const source = httpSource(url, undefined, { silence: 500, total: 800 });
    t.after(() => source.close());
    await holds(behind, source, /no end within 0.8 s/);
  });

test('wrong software installation: another signed file in the place of the manifest is refused', async () => {
  const behind = await oneBehind();
  const [old = ''] = await readdir(path.join(behind.old, 'targets', 'site', 'hq'));
  const other = await readFile(path.join(behind.old, 'targets', 'site', 'hq', old));
  await holds(
    behind,
    tampered(behind.world.places.out, (name, bytes) => (name.endsWith('.manifest.json') ? other : bytes)),
    'fleet-refused',
  );
});

test('vulnerability to key compromises: the keys that sign every day install nobody without the site’s', async () => {
  const behind = await oneBehind();
  const { world } = behind;
  const { MetaFile, Snapshot, Timestamp } = await import('@tufjs/models');
  const { signedBytes } = await import('../../../src/fleet/tuf/signing.js');
  const names = await world.metadata.list();
  const newest = (role: string) =>
    names
      .filter((name) => name.endsWith(`.${role}.json`))
      .sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))[0] ?? '';
  const signedOf = async (name: string) =>
    (JSON.parse((await world.metadata.read(name)).toString()) as { signed: never }).signed;
  const snapshot = Snapshot.fromJSON(await signedOf(newest('snapshot')));
  // A manifest of the thief's own, in a role that only the site's key can sign.
  const stolen = [...(await world.signersOf('snapshot')), ...(await world.signersOf('timestamp'))];
  const site = edited(await world.metadata.read(newest('site-hq')), (signed) => {
    signed.version = 9;
    signed.targets = {};
  });
  snapshot.meta['site-hq.json'] = new MetaFile({ version: 9 });
  Object.assign(snapshot, { version: 90 });
  const timestamp = Timestamp.fromJSON(await signedOf('timestamp.json'));
  Object.assign(timestamp, { version: 90, snapshotMeta: new MetaFile({ version: 90 }) });
  const forged = new Map([
    ['metadata/timestamp.json', signedBytes(timestamp, stolen)],
    ['metadata/90.snapshot.json', signedBytes(snapshot, stolen)],
    ['metadata/9.site-hq.json', site],
  ]);
  const source = tampered(world.places.out, (name, bytes) => forged.get(name) ?? bytes);
  await assert.rejects(behind.box.sync(source), /site-hq.* signed by 1 of its keys/);
  assert.deepEqual(await behind.box.people(), ['ada ada 1']);
});

test('every attack of the specification’s list has a test here that bears its name', async () => {
  const text = await readFile(import.meta.filename, 'utf8');
  for (const attack of [
    'arbitrary software installation',
    'endless data',
    'extraneous dependencies',
    'fast-forward',
    'indefinite freeze',
    'malicious mirrors preventing updates',
    'mix-and-match',
    'rollback',
    'slow retrieval',
    'vulnerability to key compromises',
    'wrong software installation',
  ])
    assert.match(text, new RegExp(`^ *test\\(['\`]${attack}: `, 'm'), attack);
});

test('wrong software installation: a manifest of another site is refused although it is signed', async () => {
  const behind = await oneBehind();
  const { readManifest } = await import('../../../src/fleet/segments/manifest.js');
  const files = await readdir(path.join(behind.world.places.out, 'targets', 'site', 'hq'));
  const bytes = await readFile(path.join(behind.world.places.out, 'targets', 'site', 'hq', files[0] ?? ''));
  assert.throws(() => readManifest(bytes, 'elsewhere'), /manifest of site elsewhere/);
});

test('vulnerability to key compromises: one of two root keys is not enough', async () => {
  const behind = await oneBehind();
  const [one] = await behind.world.signersOf('root');
  assert.ok(one);
  const { Root } = await import('@tufjs/models');
  const { signedBytes } = await import('../../../src/fleet/tuf/signing.js');
  const json = JSON.parse(behind.world.seedRoot.toString()) as {
    signed: { version: number; roles: { root: { threshold: number } } };
  };
  json.signed.version = 2;
  json.signed.roles.root.threshold = 1;
  const forged = signedBytes(Root.fromJSON(json.signed as never), [one]);
  await holds(
    behind,
    tampered(behind.world.places.out, (name, bytes) => (name === 'metadata/2.root.json' ? forged : bytes)),
    /signed by 2 of its keys/,
  );
});

test('vulnerability to key compromises: one key under two names counts once', async () => {
  const world = await fleetWorld();
  const [one] = await world.signersOf('root');
  assert.ok(one);
  const { Root } = await import('@tufjs/models');
  const { trustFirst } = await import('../../../src/fleet/tuf/trusted.js');
  const { NO_TRUSTED_VERSIONS } = await import('../../../src/fleet/tuf/trusted-versions.js');
  const { signedBytes, ed25519Key } = await import('../../../src/fleet/tuf/signing.js');
  const alias = {
    ...one,
    key: Object.assign(ed25519Key(Buffer.from(one.key.keyVal.public ?? '', 'hex')), {
      keyID: 'f'.repeat(64),
    }),
  };
  const json = JSON.parse(world.seedRoot.toString()) as {
    signed: { keys: Record<string, unknown>; roles: { root: { keyids: string[] } } };
  };
  json.signed.keys['f'.repeat(64)] = alias.key.toJSON();
  json.signed.roles.root.keyids = [one.key.keyID, 'f'.repeat(64)];
  const forged = signedBytes(Root.fromJSON(json.signed as never), [one, alias]);
  assert.throws(() => trustFirst(forged, NO_TRUSTED_VERSIONS), /got 1 good signatures/);
});

for (const [how, content] of [
  ['emptied', Buffer.alloc(0)],
  ['a login page', Buffer.from('<!doctype html><title>Sign in</title>')],
  ['zeros', Buffer.alloc(500)],
] as const)
  for (const role of ['timestamp', 'snapshot', 'site-hq', '2.root'])
    test(`metadata that was ${how} at the server: ${role}`, async () => {
      const behind = await oneBehind();
      await holds(
        behind,
        tampered(behind.world.places.out, (name, bytes) =>
          name.startsWith('metadata/') && (isRole(name, `.${role}`) || isRole(name, `/${role}`))
            ? content
            : bytes,
        ),
        'fleet-refused',
      );
    });

const DAMAGES = {
  truncated: (body: Buffer) => body.subarray(0, body.length >> 1),
  emptied: () => Buffer.alloc(0),
  'of zeros': (body: Buffer) => Buffer.alloc(body.length),
} as const;
for (const [how, damage] of Object.entries(DAMAGES))
  for (const role of ['root', 'timestamp', 'snapshot', 'targets', 'site-hq'])
    test(`what is kept here of ${role}, ${how}, is fetched again and no old version is taken for it`, async () => {
      const { box, old } = await oneBehind();
      await box.sync();
      await box.database.write(async (sql) => {
        const row = await sql.one<{ body: Uint8Array }>('SELECT body FROM fleet_trust WHERE role = ?', role);
        assert.ok(row);
        await sql.run('UPDATE fleet_trust SET body = ? WHERE role = ?', damage(Buffer.from(row.body)), role);
      });
      await assert.rejects(box.sync(folderSource(old)), /which was here before/);
      assert.equal((await box.sync()).result, 'unchanged');
    });

test('what is kept here of all roles, swapped among them, is fetched again', async () => {
  const { box } = await oneBehind();
  await box.sync();
  await box.database.write(async (sql) => {
    const rows = await sql.all<{ role: string; body: Uint8Array }>(
      'SELECT role, body FROM fleet_trust ORDER BY role',
    );
    for (const [at, { role }] of rows.entries())
      await sql.run(
        'UPDATE fleet_trust SET body = ? WHERE role = ?',
        rows[(at + 1) % rows.length]?.body ?? null,
        role,
      );
  });
  assert.equal((await box.sync()).result, 'unchanged');
});

test('a date that cannot be read is no date that never comes', async () => {
  const { readTimestamp } = await import('../../../src/fleet/tuf/metadata.js');
  const world = await fleetWorld();
  await world.device('gate-1');
  await world.publish();
  const bytes = edited(await world.metadata.read('timestamp.json'), (signed) => {
    signed.expires = 'never';
  });
  assert.throws(() => readTimestamp(bytes), /Expected timestamp metadata/);
});
