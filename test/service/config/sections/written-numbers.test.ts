import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../../src/base/errors.js';
import { parseConfig } from '../../../../src/service/config/parse-config.js';

const problemsOf = (people: string): string => {
  try {
    parseConfig(`site: 0o17\naccess: { groups: [{ id: staff, people: [${people}] }] }\n`);
  } catch (error) {
    if (error instanceof TwinstileError) return error.message;
    throw error;
  }
  return assert.fail('Expected a problem, got none.');
};

test('an id that YAML reads as a number is shown as it is written, with an order to put it in quotes', () => {
  const message = problemsOf('ada, 0042, 1e5, 0x1F, 12345678901234567890, 1_000, 29.02, true, .5, no');
  for (const [index, written] of [
    [1, '0042'],
    [2, '1e5'],
    [3, '0x1F'],
    [4, '12345678901234567890'],
    [6, '29.02'],
    [8, '.5'],
  ] as const)
    assert.ok(
      message.includes(
        `people[${index}]: Expected a text, got ${written}, which YAML reads as a number. Put it in quotes: "${written}".`,
      ),
      `${written}\n${message}`,
    );
  assert.match(
    message,
    /people\[7\]: Expected a text, got true, which YAML reads as yes or no\. Put it in quotes: "true"/,
  );
  assert.match(
    message,
    /site: Expected a text, got 0o17, which YAML reads as a number\. Put it in quotes: "0o17"/,
  );
  assert.ok(!/people\[(0|5|9)\]: Expected a text/.test(message));
});
