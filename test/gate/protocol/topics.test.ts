import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneId, siteId } from '../../../src/base/ids.js';
import { laneTopics, siteTopics } from '../../../src/gate/protocol/topics.js';

const topics = laneTopics(siteId('head-office'), laneId('north'));

test('every topic of a lane lies under its base', () => {
  const { base, operator, ...rest } = topics;
  const { command, response, ...filters } = operator;
  const all = [
    ...Object.values(rest).flatMap((one) => (typeof one === 'string' ? [one] : Object.values(one))),
    ...Object.values(filters),
    command('open'),
    response('open'),
  ];
  assert.equal(base, 'twinstile/head-office/north');
  assert.deepEqual(
    all.filter((topic) => !String(topic).startsWith(`${base}/`)),
    [],
  );
  assert.equal(new Set(all).size, all.length);
});

test('the topics of a site are none of any lane', () => {
  const { galleryReceipt, galleryProbe, ...rest } = siteTopics(siteId('head-office'));
  assert.deepEqual(rest, {
    galleryPublished: 'twinstile/head-office/gallery/published',
    galleryRevoked: 'twinstile/head-office/gallery/revoked',
    galleryReceipts: 'twinstile/head-office/gallery/receipt/+',
  });
  assert.equal(galleryReceipt('box-7'), 'twinstile/head-office/gallery/receipt/box-7');
  assert.equal(galleryProbe('box-7'), 'twinstile/head-office/gallery/probe/box-7');
  assert.throws(() => galleryReceipt('+'), { code: 'bad-arguments' });
});

for (const name of ['', '+', '#', 'a/b', 'a\0', 'x'.repeat(65)])
  test(`${JSON.stringify(name)} cannot be a topic segment`, () => {
    for (const make of [
      () => laneTopics(siteId(name), laneId('north')),
      () => laneTopics(siteId('s'), laneId(name)),
      () => siteTopics(siteId(name)),
      () => topics.operator.command(name),
      () => topics.operator.response(name),
    ])
      assert.throws(make, { code: 'bad-arguments' });
  });
