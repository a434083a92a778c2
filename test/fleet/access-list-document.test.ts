import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { laneId, siteId } from '../../src/base/ids.js';
import { accessList } from '../../src/gate/access-list.js';

test('the access list of docs/FLEET.md is the one that the table of topics makes', () => {
  const document = readFileSync(new URL('../../docs/FLEET.md', import.meta.url), 'utf8');
  const list = accessList({
    site: siteId('berlin'),
    fleet: siteId('hq'),
    device: 'box-1',
    lanes: [{ lane: laneId('north') }],
    login: (role) => (role === 'box' ? 'box-1' : role),
  });
  const blocks = list.join('\n').split('\n\n');
  const wanted = blocks.filter((block) => /^user (box-1|registrar)\n/.test(block));
  assert.equal(/^```acl\n([\s\S]*?)^```$/m.exec(document)?.[1], `${wanted.join('\n\n')}\n`);
});
