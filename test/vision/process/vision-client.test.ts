import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { millis } from '../../../src/base/units.js';
import { describeEnd, EncoderProcess } from '../../../src/vision/process/encoder-process.js';
import { openVisionClient } from '../../../src/vision/process/vision-client.js';
import { encoderSettings, fakeStart } from './fake-start.js';

const limit = millis(5000);

function open(t: TestContext, kind?: string) {
  const setup = { kind: 'encode-photos', settings: encoderSettings } as const;
  const client = openVisionClient(fakeStart(kind), setup, () => {});
  t.after(() => client.stop());
  return client;
}

test('each request gets the response of its kind, in their order', async (t) => {
  const client = open(t);
  const [photo, crop, drawn] = await Promise.all([
    client.request<'photo'>({ kind: 'photo' }, { payload: Buffer.from('abc'), limit }),
    client.request<'crop'>({ kind: 'crop' }, { payload: Buffer.from('abc'), limit }),
    client.request<'canary'>({ kind: 'canary' }, { limit }),
  ]);
  assert.deepEqual(photo.kind === 'answered' && photo.responses.map(({ kind, id }) => [kind, id]), [
    ['photo', 0],
  ]);
  assert.deepEqual(crop.kind === 'answered' && crop.responses.map(({ kind, id }) => [kind, id]), [
    ['snapshot', 1],
  ]);
  assert.deepEqual(drawn.kind === 'answered' && drawn.responses.map(({ kind }) => kind), [
    'canary',
    'canary',
  ]);
});

test('a snapshot that is late is abandoned, and its late picture answers no other request', async (t) => {
  const client = open(t, 'shows-late');
  const snapshot = { kind: 'snapshot', patience: 1 } as const;
  assert.deepEqual(await client.request<'snapshot'>(snapshot, { limit: millis(1) }), { kind: 'late' });
  const second = await client.request<'snapshot'>(snapshot, { limit });
  assert.deepEqual(second.kind === 'answered' && second.responses.map(({ id }) => id), [1]);
});

test('requests of a process that ended say how, whether they were sent before or after', async (t) => {
  const client = open(t, 'pack-missing');
  const before = await client.request<'photo'>({ kind: 'photo' }, { limit });
  const after = await client.request<'photo'>({ kind: 'photo' }, { limit });
  for (const outcome of [before, after])
    assert.match(outcome.kind === 'ended' ? describeEnd(outcome.end) : outcome.kind, /^pack-missing: /);
});

test('without restarts the request that ends the process is told so, and no further one is accepted', async (t) => {
  const encoder = new EncoderProcess({ ...fakeStart(), setup: encoderSettings, restarts: 0 });
  t.after(() => encoder.close());
  assert.equal((await encoder.start(1))?.provider, 'cpu');
  const outcome = await encoder.request<'photo'>({ kind: 'photo' }, Buffer.from('crash'));
  assert.deepEqual(outcome, {
    kind: 'ended',
    end: { cause: 'it was ended by SIGSEGV', failure: undefined },
  });
  await assert.rejects(encoder.request<'photo'>({ kind: 'photo' }, Buffer.from('a')), {
    code: 'vision-failed',
  });
});
