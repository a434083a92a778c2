/** The login is not sent to whoever listens on the port. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chown, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { openPostgres } from '../../../../src/records/sql/postgres/postgres-database.js';
import { until } from '../../../until.js';
import { certificateIn, needsPostgres, startPostgres } from './private-postgres.js';

const PASSWORD = 'tell-nobody-8261';
const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
/** AuthenticationRequest: 'R', length, kind, more. */
const request = (kind: number, more = Buffer.alloc(0)): Buffer =>
  Buffer.concat([Buffer.from('R'), number(8 + more.length), number(kind), more]);

const SCRAM = Buffer.from('SCRAM-SHA-256\0\0');

for (const [what, asked, got] of [
  ['in clear', request(3), /asks for the password in clear/],
  ['as MD5', request(5, Buffer.from([1, 2, 3, 4])), /asks for it as MD5/],
] as const)
  test(`somebody who listens on the port and asks for the password ${what} does not get it`, async (t) => {
    const { address, ended, heard } = await listener(t, (n) => (n === 0 ? asked : undefined));
    await assert.rejects(openPostgres(address), {
      code: 'gallery-unusable',
      message: got,
      hint: /registrar\.login: any/,
    });
    await until(ended, 'the connection is given up');
    const all = Buffer.concat(heard);
    assert.ok(all.length > 0 && !all.includes(PASSWORD) && !all.includes('md5'), 'nothing of it went out');
  });

const TAKEN = Buffer.concat([request(0), Buffer.from('Z'), number(5), Buffer.from('I')]);
const nonceIn = (first: Buffer): string => /r=([^,\0]+)/.exec(first.toString('latin1'))?.[1] ?? '';
const challenge = (first: Buffer): Buffer =>
  request(11, Buffer.from(`r=${nonceIn(first)}server,s=${Buffer.from('salt').toString('base64')},i=4096`));
/** Knows no signature that is good. */
const forged = request(12, Buffer.from(`v=${Buffer.alloc(32).toString('base64')}`));
for (const [what, answers] of [
  ['takes the login without asking for it', [() => TAKEN]],
  ['asks for it and takes anything', [() => request(10, SCRAM), () => TAKEN]],
  ['breaks it off half way', [() => request(10, SCRAM), challenge, () => TAKEN]],
  ['shows a forged signature', [() => request(10, SCRAM), challenge, () => Buffer.concat([forged, TAKEN])]],
] as const)
  test(`somebody who listens on the port and ${what} gets no query`, { timeout: 30_000 }, async (t) => {
    const { address, ended, heard } = await listener(t, (n, piece) => answers[n]?.(piece));
    await assert.rejects(openPostgres(address), { code: 'gallery-unusable' });
    await until(ended, 'the connection is given up');
    assert.equal(heard.length, answers.length, 'nothing but the login went out');
    assert.doesNotMatch(Buffer.concat(heard).toString('latin1'), /SELECT|BEGIN|CREATE/);
  });

/** @param answer what is said to the n-th piece that comes. */
async function listener(t: TestContext, answer: (n: number, piece: Buffer) => Buffer | undefined) {
  const heard: Buffer[] = [];
  let isEnded = false;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('close', () => {
      isEnded = true;
    });
    socket.on('data', (piece) => {
      const said = answer(heard.length, piece);
      heard.push(piece);
      if (said !== undefined) socket.write(said);
    });
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const at = server.address();
  assert.ok(at !== null && typeof at === 'object');
  const address = {
    host: '127.0.0.1',
    port: at.port,
    database: 'people',
    user: 'office',
    password: PASSWORD,
    encryption: 'disable',
  } as const;
  return { address, heard, ended: () => isEnded };
}

test('a real server takes it by SCRAM, over TLS bound to the connection, and an md5 role is refused', {
  skip: needsPostgres,
  timeout: 60_000,
}, async (t) => {
  const server = await startPostgres();
  t.after(() => server.stop());
  const authority = await certificateIn(server.folder);
  if (authority === undefined) return t.skip('needs openssl');
  const data = path.join(server.folder, 'data');
  const change = async (name: string, text: (before: string) => string): Promise<void> => {
    const file = path.join(data, name);
    const { uid, gid } = await stat(file);
    await writeFile(file, text(await readFile(file, 'utf8')));
    await chown(file, uid, gid);
  };
  const tls = `ssl = on\nssl_cert_file = '${server.folder}/server.crt'\nssl_key_file = '${server.folder}/server.key'\n`;
  await change('postgresql.conf', (before) => `${before}${tls}`);
  await change(
    'pg_hba.conf',
    (before) => `host all office 127.0.0.1/32 scram-sha-256\nhost all old 127.0.0.1/32 password\n${before}`,
  );
  await server.restart();
  const address = await server.newDatabase();
  for (const role of ['office', 'old']) {
    await server.tell('postgres', `CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
    await server.tell(address.database, `GRANT CREATE ON DATABASE ${address.database} TO ${role}`);
  }
  for (const encryption of ['disable', 'require', 'verify-ca'] as const) {
    const office = { ...address, user: 'office', password: PASSWORD, encryption, authority };
    await (await openPostgres(office)).close();
  }
  const old = { ...address, user: 'old', password: PASSWORD, encryption: 'verify-ca', authority } as const;
  await assert.rejects(openPostgres(old), {
    message: /SCRAM with channel binding, got one that asks for the password in clear/,
  });
  await server.tell(
    address.database,
    'GRANT ALL ON SCHEMA twinstile TO old; GRANT ALL ON ALL TABLES IN SCHEMA twinstile TO old',
  );
  await (await openPostgres({ ...old, login: 'any' })).close();
});
