/** Names that mean the same are one name, and no name writes outside of its own place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  badgeKey,
  doublesAmong,
  escapeForbidden,
  idKey,
  jsonText,
  looseBadgeKey,
  MAX_NAME_LENGTH,
  printable,
  readBadgeText,
  readName,
} from '../../src/base/names.js';
import { holds } from '../support/properties.js';

for (const [what, text, got] of [
  ['a line break that forges a second row', 'Ada\nbob   1 template', /U\+000A/],
  ['an escape that reaches the terminal', 'Bad\u001b]0;pwned\u0007', /U\+001B/],
  ['a NUL that cuts names silently', 'Ada\0Bob', /U\+0000/],
  ['the line break of another standard', 'Ada\u0085Bob', /U\+0085/],
  ['a mark that turns the text around', '\u202egnp.ada\u202c Eve', /U\+202E/],
  ['an isolate of the other direction', 'Ada\u2067Eve', /U\+2067/],
  ['a separator of lines', 'Ada\u2028bob', /U\+2028/],
  ['half a surrogate pair', 'Ada\ud83d', /U\+D83D/],
  ['a character that its encoding destroyed', 'J\ufffdrgen', /UTF-8/],
  ['257 characters', 'x'.repeat(257), /257/],
  ['nothing but blanks', '   ', /empty/],
  ['nothing that can be seen', '\u200b\u3164\u00ad', /empty/],
] as const)
  test(`refuses a name with ${what}`, () => {
    const read = readName(text);
    assert.equal(read.kind, 'refused');
    assert.match(read.kind === 'refused' ? read.got : '', got);
  });

for (const [what, text, name] of [
  ['an umlaut in two characters', 'Ju\u0308rgen Mu\u0308ller', 'J\u00fcrgen M\u00fcller'],
  ['joiners of an emoji', 'Zo\u00eb \u{1F469}\u200d\u{1F4BB}', 'Zo\u00eb \u{1F469}\u200d\u{1F4BB}'],
  [
    'Arabic letters',
    '\u0645\u062d\u0645\u062f \u0639\u0644\u064a',
    '\u0645\u062d\u0645\u062f \u0639\u0644\u064a',
  ],
  ['blanks around it', '  Ada \u00a0', 'Ada'],
  ['what a spreadsheet would run', '=HYPERLINK("http://x","y")', '=HYPERLINK("http://x","y")'],
  ['256 characters', 'x'.repeat(256), 'x'.repeat(256)],
] as const)
  test(`takes a name with ${what}`, () => assert.deepEqual(readName(text), { kind: 'name', name }));

test('a name that was read is read as itself, and needs no escape', async (t) =>
  await holds(
    t,
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const read = readName(text);
      if (read.kind === 'refused') return;
      assert.deepEqual(readName(read.name), read);
      assert.equal(escapeForbidden(read.name), read.name);
      assert.ok(read.name.length <= MAX_NAME_LENGTH);
    }),
    { short: 1000, long: 20_000 },
  ));

test('what is printed of any stored name has no control character in it', async (t) =>
  await holds(
    t,
    fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
      assert.doesNotMatch(
        escapeForbidden(`${text}\u001b\n\u2028\u202e`),
        /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u,
      );
    }),
    { short: 1000, long: 100_000 },
  ));

for (const [one, other, same] of [
  ['Suspended', 'suspended', true],
  ['Ada', 'ADA', true],
  ['\uff33uspended', 'suspended', true],
  [' suspended ', 'suspended', true],
  ['suspended', 'suspend', false],
] as const)
  test(`${JSON.stringify(one)} and ${JSON.stringify(other)} ${same ? 'mean the same' : 'are two names'}`, () =>
    assert.equal(idKey(one) === idKey(other), same));

for (const [one, other, same] of [
  ['04a224b1c85e80', '04A224B1C85E80', true],
  ['04:A2:24:B1', '04a224b1', true],
  ['04-A2-24-B1', '04:a2:24:b1', true],
  ['04 A2 24 B1', '04A224B1', true],
  ['0004711', '4711', false],
  ['12-34', '1234', false],
  ['1-234', '12-34', false],
] as const)
  test(`badges ${one} and ${other} are ${same ? 'one card' : 'two cards'}`, () =>
    assert.equal(badgeKey(one) === badgeKey(other), same));

test('a badge is stored without the separators of its reader, and what is none is refused', () => {
  assert.equal(readBadgeText(' 04:a2:24:b1 '), '04A224B1');
  assert.equal(readBadgeText('visitor-7'), 'visitor-7');
  for (const bad of ['', 'a b', '\u0664\u0667', '04:A', 'x'.repeat(65), 'a/b', 'pass:1'])
    assert.equal(readBadgeText(bad), undefined, bad);
  assert.equal(looseBadgeKey('0004711'), looseBadgeKey('4711'));
  assert.equal(looseBadgeKey('12-345'), looseBadgeKey('12.345'));
  assert.equal(looseBadgeKey('04:a2:24:b1'), looseBadgeKey('04A2-24B1'));
  assert.equal(looseBadgeKey('000'), '0');
  assert.notEqual(looseBadgeKey('4711'), looseBadgeKey('47110'));
});

test('JSON for a terminal holds nothing that cannot be printed, and is read back as it was', async (t) => {
  const property = fc.property(fc.dictionary(fc.string(), fc.string({ unit: 'binary' })), (value) => {
    for (const indent of [undefined, 2]) {
      const text = jsonText(value, indent);
      assert.equal(printable(text), text);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
    }
  });
  await holds(t, property, { short: 500, long: 50_000 });
});

test('spellings of one name are found together', () =>
  assert.deepEqual(doublesAmong(['Ada', 'bob', 'ada', 'ADA', 'bob']), [['ADA', 'Ada', 'ada']]));
