import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDocumentEncoder } from '../../../../src/service/daemon/document/document-encoder.js';
import { createFakeClock } from '../../../fakes/clock.js';
import { fakeEncoder, fakePhoto } from '../../../fakes/photo-encoder.js';
import { encoded, scanBomb } from '../../../vision/opencv/pictures.js';

const clock = createFakeClock();
const photo = fakePhoto({ vector: [1, 0] });
const from = (sender: string, lane = 'north') => ({ lane, sender });
const [door, hostile] = [from('door'), from('hostile')];

test('a process is started for the first pass, and kept for the next', async () => {
  let started = 0;
  const passes = createDocumentEncoder(async () => {
    started += 1;
    return fakeEncoder();
  }, clock);
  assert.equal(started, 0);
  for (const _ of [1, 2, 3]) assert.equal((await passes.encode(photo, door)).kind, 'faces');
  assert.equal(started, 1);
  await passes.close();
});

test('one that dies is replaced, and so is one that did not start', async () => {
  let started = 0;
  const passes = createDocumentEncoder(async () => {
    started += 1;
    if (started === 1) throw new Error('did not start');
    return fakeEncoder(async (count) => {
      if (started === 2 && count === 2) throw new Error('died');
    });
  }, clock);
  await assert.rejects(passes.encode(photo, door), /did not start/);
  await passes.encode(photo, door);
  await assert.rejects(passes.encode(photo, door), /died/);
  await passes.encode(photo, door);
  assert.equal(started, 3);
});

test('more than four at once of one sender are turned away instead of kept', async () => {
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const encoder = fakeEncoder(() => gate);
  const passes = createDocumentEncoder(async () => encoder, clock);
  const all = Array.from({ length: 7 }, () => passes.encode(photo, door));
  open();
  const kinds = (await Promise.all(all)).map(({ kind }) => kind);
  assert.deepEqual(kinds.filter((kind) => kind === 'faces').length, 4);
  assert.equal(encoder.encoded, 4);
  await passes.close();
});

test('closing what was never started starts nothing', async () => {
  const passes = createDocumentEncoder(() => assert.fail('started'), clock);
  await passes.close();
});

for (const [name, bomb] of [
  ['of 25 megapixels', encoded('.jpg', 5000, 5000)],
  ['that asks for 1,000 scans of 4 megapixels', scanBomb(2000, 2000, 1000)],
] as const)
  test(`a pass photo ${name} keeps no visitor out: it is refused by its head, before it waits`, async () => {
    const passes = createDocumentEncoder(() => assert.fail('started'), clock);
    for (let more = 0; more < 6; more += 1) {
      const result = await passes.encode(bomb, door);
      assert.ok(result.kind === 'unreadable');
      assert.match(result.detail, /^Expected at most \d+ (megapixels|scans of 2000 x 2000 pixels), got /);
    }
    await passes.close();
  });

test('a pass photo of a phone is within the budget', async () => {
  const encoder = fakeEncoder();
  const passes = createDocumentEncoder(async () => encoder, clock);
  // Whatever the fake makes of it: it was asked.
  await passes.encode(encoded('.jpg', 1600, 1200), door).catch(() => {});
  assert.equal(encoder.encoded, 1);
  await passes.close();
});

/** Each photograph takes so long; tells in which order they were decoded. */
function slowly(span: number) {
  const clock = createFakeClock();
  const passes = createDocumentEncoder(async () => fakeEncoder(async () => clock.pass(span)), clock);
  const order: string[] = [];
  const send = async (origin: { readonly lane: string; readonly sender: string }) => {
    const began = clock.monotonic();
    const { kind } = await passes.encode(photo, origin);
    order.push(`${origin.lane} ${origin.sender} ${kind}`);
    return { kind, waited: clock.monotonic() - began };
  };
  const decoded = () => order.filter((one) => one.endsWith(' faces')).map((one) => one.slice(0, -6));
  return { clock, passes, send, order, decoded };
}

test("one reader's expensive pass photos keep another reader's visitor waiting for one decode at most", async () => {
  const { send, order, decoded, passes } = slowly(3000);
  const flood = Array.from({ length: 20 }, () => send(hostile));
  await Promise.all([...flood, send(door)]);
  // The one that ran already, and then the visitor's, before anything more of the hostile sender.
  assert.deepEqual(decoded().slice(0, 2), ['north hostile', 'north door']);
  // 6 s at once and what flowed in: the others of the 20 are refused.
  assert.ok(decoded().length <= 4, order.join());
  assert.equal(order.filter((one) => one === 'north hostile over-budget').length, 21 - decoded().length);
  await passes.close();
});

test("a login that uses the names of many readers of its lane spends no seconds of another lane's reader", async () => {
  const { send, decoded, passes, clock } = slowly(700);
  for (let minute = 0; minute < 3; minute += 1) {
    const flood = Array.from({ length: 200 }, (_, n) => send(from(`reader ${n % 4}`)));
    const visitor = await send(from('reader 0', 'south'));
    assert.equal(visitor.kind, 'faces');
    assert.ok(visitor.waited <= 2 * 700, `${visitor.waited} ms`);
    await Promise.all(flood);
    clock.pass(60_000);
  }
  assert.equal(decoded().filter((one) => one === 'south reader 0').length, 3);
  await passes.close();
});

test('what waited for longer than its lane does is not decoded for nobody', async () => {
  const { send, decoded, passes } = slowly(2600);
  const all = ['a', 'b', 'c', 'd'].map((sender) => send(from(sender)));
  await Promise.all(all);
  assert.deepEqual(decoded(), ['north a', 'north b']);
  await passes.close();
});

test('who waits behind a photograph that ended its process does not pay for the new one', async () => {
  const clock = createFakeClock();
  let started = 0;
  const passes = createDocumentEncoder(async () => {
    started += 1;
    // A start that takes its time.
    if (started > 1) clock.pass(5000);
    return {
      encode: async () => {
        if (started === 1) return { kind: 'unreadable', detail: 'it took too long', endedProcess: true };
        clock.pass(100);
        return { kind: 'faces', faces: [] };
      },
      close: async () => {},
    };
  }, clock);
  await assert.rejects(passes.encode(photo, hostile), /it took too long/);
  assert.equal((await passes.encode(photo, door)).kind, 'faces');
  // 5.9 s are left: as many more as that.
  for (let n = 0; n < 59; n += 1) assert.equal((await passes.encode(photo, door)).kind, 'faces', `${n}`);
  assert.equal(started, 2);
  await passes.close();
});

test('a sender that used up its seconds of decoding is refused until its bucket fills', async () => {
  const clock = createFakeClock();
  const encoder = fakeEncoder(async () => clock.pass(3000));
  const passes = createDocumentEncoder(async () => encoder, clock);
  const send = async () => (await passes.encode(photo, hostile)).kind;
  let decoded = 0;
  while ((await send()) === 'faces') decoded += 1;
  assert.ok(decoded >= 2 && decoded <= 4, `${decoded}`);
  const before = encoder.encoded;
  assert.equal(await send(), 'over-budget');
  assert.equal(encoder.encoded, before);
  clock.pass(20_000);
  assert.equal(await send(), 'faces');
  await passes.close();
});

test('a photograph that ends its process is charged for the new one, too', async () => {
  const clock = createFakeClock();
  let started = 0;
  const passes = createDocumentEncoder(async () => {
    started += 1;
    return fakeEncoder(async () => {
      clock.pass(3000);
      throw new Error('too slow');
    });
  }, clock);
  for (const _ of [1, 2]) await assert.rejects(passes.encode(photo, hostile), /too slow/);
  for (const _ of [1, 2, 3]) assert.equal((await passes.encode(photo, hostile)).kind, 'over-budget');
  assert.equal(started, 2);
  // A failure does not end the queue of others.
  await assert.rejects(passes.encode(photo, door), /too slow/);
  await passes.close();
});
