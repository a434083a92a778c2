import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedMap, BoundedSet } from '../../src/base/bounded-map.js';

test('a bounded map evicts its oldest entry, and only past the bound', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1).set('b', 2);
  assert.deepEqual(
    [...map],
    [
      ['a', 1],
      ['b', 2],
    ],
  );
  map.set('c', 3);
  assert.deepEqual(
    [...map],
    [
      ['b', 2],
      ['c', 3],
    ],
  );
});

test('a key that is set again keeps its age, and is the newest when it was deleted first', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1).set('b', 2).set('a', 3).set('c', 4);
  assert.deepEqual([...map.keys()], ['b', 'c']);
  map.delete('b');
  map.set('b', 5).set('d', 6);
  assert.deepEqual([...map.keys()], ['b', 'd']);
});

test('a bounded set evicts its oldest member', () => {
  const set = new BoundedSet<string>(2);
  for (const member of ['a', 'b', 'a', 'c']) set.add(member);
  assert.deepEqual([...set], ['b', 'c']);
});

test('undefined is a key like any other', () => {
  const set = new BoundedSet<undefined | string>(1);
  set.add('a').add(undefined);
  assert.deepEqual([...set], [undefined]);
  set.add('b');
  assert.deepEqual([...set], ['b']);
});
