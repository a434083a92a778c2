import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { TwinstileError } from '../../src/base/errors.js';
import { proxyFor, webFault } from '../../src/platform/web-get.js';

const HTTPS_PROXY = 'http://proxy:3128';

for (const [name, address, env, expected] of [
  ['through the proxy to https', 'https://fleet.example/', { HTTPS_PROXY }, 'http://proxy:3128/'],
  ['in lower case too', 'https://fleet.example/', { https_proxy: HTTPS_PROXY }, 'http://proxy:3128/'],
  [
    'the lower case first',
    'https://fleet.example/',
    { HTTPS_PROXY, https_proxy: 'http://other:1' },
    'http://other:1/',
  ],
  [
    'without a scheme it is http',
    'https://fleet.example/',
    { https_proxy: 'proxy:3128' },
    'http://proxy:3128/',
  ],
  ['plain http by a name of its own', 'http://fleet.example/', { HTTP_PROXY: 'proxy:80' }, 'http://proxy/'],
  ['plain http in lower case', 'http://fleet.example/', { http_proxy: 'proxy:81' }, 'http://proxy:81/'],
  ['an empty one is none', 'https://fleet.example/', { HTTPS_PROXY: '' }, undefined],
  ['none for https is none', 'https://fleet.example/', { HTTP_PROXY: 'proxy:80' }, undefined],
  ['none for http is none', 'http://fleet.example/', { HTTPS_PROXY }, undefined],
  ['not when there is none', 'https://fleet.example/', {}, undefined],
] as const)
  test(`asks ${name}`, () => assert.equal(proxyFor(new URL(address), env)?.href, expected));

for (const [address, exceptions, isDirect] of [
  ['https://fleet.example/', 'a, .example', true],
  ['https://fleet.example/', 'example', true],
  ['https://fleet.example/', '*.example', true],
  ['https://fleet.example/', 'FLEET.example', true],
  ['https://fleet.example/', '*', true],
  ['https://fleet.example/', 'fleet.example:443', true],
  ['https://fleet.example/', 'fleet.example:8443', false],
  ['https://fleet.example:8443/', 'fleet.example:8443', true],
  ['https://fleet.example/', 'eet.example', false],
  ['https://fleet.example/', '', false],
  ['https://10.1.2.3/', '10.1.2.3', true],
  ['https://10.1.2.3/', '10.0.0.0/8', true],
  ['https://11.1.2.3/', '10.0.0.0/8', false],
  ['https://10.1.2.3/', '2.3', false],
  ['https://10.1.2.3/', '10.0.0.0/99', false],
  ['https://[fd00::7]/', 'fd00::7', true],
  ['https://[fd00::7]/', '[fd00::7]:443', true],
  ['https://[fd00::7]/', 'fd00::/8', true],
  ['https://[fd00::7]/', '[fd00::7]:1', false],
] as const)
  test(`${address} is asked ${isDirect ? 'directly' : 'through the proxy'} with NO_PROXY ${exceptions}`, () => {
    for (const name of ['NO_PROXY', 'no_proxy'])
      assert.equal(
        proxyFor(new URL(address), { HTTPS_PROXY, [name]: exceptions }) === undefined,
        isDirect,
        name,
      );
  });

for (const host of ['localhost', 'a.localhost', '127.0.0.1', '127.9.9.9', '[::1]'])
  test(`${host} is this machine, and asked directly`, () => {
    const env = { HTTPS_PROXY, HTTP_PROXY: HTTPS_PROXY };
    assert.equal(proxyFor(new URL(`http://${host}:8080/`), env), undefined);
    assert.equal(proxyFor(new URL(`https://${host}/`), env), undefined);
  });

test('a name that begins like an address of this machine is none', () => {
  assert.ok(proxyFor(new URL('https://127.0.0.1.example/'), { HTTPS_PROXY }));
});

for (const written of ['socks5://u:secret@proxy:1', 'http://u:sec/ret@proxy:1x'])
  test(`a proxy that cannot be used is refused without its login: ${written}`, () =>
    assert.throws(
      () => proxyFor(new URL('https://fleet.example/'), { HTTPS_PROXY: written }),
      (error) =>
        error instanceof TwinstileError &&
        error.code === 'bad-arguments' &&
        /HTTPS_PROXY/.test(error.message) &&
        !/sec/.test(error.message),
    ));

test('a failure of several addresses at once has words', () => {
  const error = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  assert.equal(webFault(error), 'ECONNREFUSED');
});

test('only one file of the program fetches from the net', async () => {
  const src = path.resolve(import.meta.dirname, '../../src');
  const found: string[] = [];
  for (const file of await readdir(src, { recursive: true })) {
    if (!file.endsWith('.ts')) continue;
    const text = await readFile(path.join(src, file), 'utf8');
    if (/\bawait fetch\(|\bhttps?\.(get|request|Agent)\(|\bundici\b|\bglobalThis\.fetch\b/.test(text))
      found.push(file);
  }
  assert.deepEqual(
    found.filter((file) => !OWN_FETCH.includes(file)),
    ['platform/web-get.ts'],
  );
});
/** They have a parameter of that name, which is a source of the fleet. */
const OWN_FETCH = ['fleet/sync/refresh-trust.ts', 'fleet/sync/fetch-blobs.ts'];
