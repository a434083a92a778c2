import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterTakes } from '../../../src/platform/mqtt/message-bus.js';

for (const [filter, topic, takes] of [
  ['a/b', 'a/b', true],
  ['a/b', 'a/b/c', false],
  ['a/b/c', 'a/b', false],
  ['a/+', 'a/b', true],
  ['a/+', 'a/', true],
  ['a/+', 'a', false],
  ['a/+', 'a/b/c', false],
  ['+/b', 'a/b', true],
  ['+', '/a', false],
  ['#', 'a/b/c', true],
  ['a/#', 'a', true],
  ['a/#', 'a/b/c', true],
  ['a/#', 'ab', false],
  ['#', '$SYS/uptime', false],
  ['+/uptime', '$SYS/uptime', false],
  ['$SYS/#', '$SYS/uptime', true],
  ['A/b', 'a/b', false],
] as const)
  test(`the filter ${filter} ${takes ? 'takes' : 'leaves'} ${topic}`, () =>
    assert.equal(filterTakes(filter, topic), takes));
