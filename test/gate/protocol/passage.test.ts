import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gateId, grantId } from '../../../src/base/ids.js';
import { millis } from '../../../src/base/units.js';
import { createPassageBook, type PassageBook } from '../../../src/gate/protocol/passage.js';
import { at } from './sample.js';

type Step =
  | readonly ['open', number]
  | readonly ['walk', 'in' | 'out', number]
  | readonly ['tick' | 'blocked', number];

function play(steps: readonly Step[]) {
  const book = createPassageBook(gateId('north-1'), 'in');
  return steps.flatMap((step) => {
    const said = take(book, step);
    return said === undefined ? [] : [`${said.outcome} ${said.direction} ${said.grant}`];
  });
}
function take(book: PassageBook, step: Step) {
  switch (step[0]) {
    case 'open':
      book.opened(grantId('g'), millis(1000), at(step[1]));
      return undefined;
    case 'walk':
      return book.walked(step[1], at(step[2]));
    case 'tick':
      return book.tick(at(step[1]));
    case 'blocked':
      return book.blocked(at(step[1]));
  }
}

for (const [name, steps, said] of [
  [
    'somebody walks while it is open',
    [
      ['open', 0],
      ['walk', 'in', 900],
      ['tick', 1500],
    ],
    ['passed in g'],
  ],
  [
    'somebody walks at the last moment',
    [
      ['open', 0],
      ['walk', 'in', 1000],
    ],
    ['passed in g'],
  ],
  [
    'nobody comes',
    [
      ['open', 0],
      ['tick', 1000],
      ['tick', 1001],
      ['tick', 1500],
    ],
    ['timeout in g'],
  ],
  [
    'nobody was let in',
    [
      ['walk', 'in', 10],
      ['tick', 2000],
    ],
    ['forced-open in null'],
  ],
  [
    'somebody comes too late',
    [
      ['open', 0],
      ['walk', 'in', 1001],
    ],
    ['forced-open in null'],
  ],
  [
    'two walk on one grant',
    [
      ['open', 0],
      ['walk', 'in', 300],
      ['walk', 'in', 600],
    ],
    ['passed in g', 'tailgated in g'],
  ],
  [
    'somebody walks against the direction',
    [
      ['open', 0],
      ['walk', 'out', 300],
      ['tick', 1001],
    ],
    ['forced-open out null', 'timeout in g'],
  ],
  [
    'it does not close',
    [
      ['open', 0],
      ['blocked', 900],
      ['blocked', 1100],
      ['blocked', 1200],
    ],
    ['held-open in g'],
  ],
] as const satisfies readonly (readonly [string, readonly Step[], readonly string[]])[])
  test(`when ${name}: ${said.join(', ')}`, () => assert.deepEqual(play(steps), said));

test('somebody is expected from the opening until the walk or the end of the pulse', () => {
  const book = createPassageBook(gateId('north-1'), 'in');
  assert.equal(book.expects(at(0)), false);
  book.opened(grantId('g'), millis(1000), at(0));
  assert.deepEqual(
    [0, 1000, 1001].map((now) => book.expects(at(now))),
    [true, true, false],
  );
  book.walked('in', at(500));
  assert.equal(book.expects(at(500)), false);
});
