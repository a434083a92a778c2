import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laneId, personId, siteId } from '../../../src/base/ids.js';
import { falseMatchRate } from '../../../src/base/units.js';
import {
  cameraCondition,
  PHOTO,
  UNKNOWN_CONDITION,
} from '../../../src/biometrics/conditions/capture-condition.js';
import { auditLines } from '../../../src/cli/people/people-audit.js';
import type { GalleryAudit } from '../../../src/service/setup/audit-gallery.js';

const NOTHING: GalleryAudit = {
  people: 12,
  templates: 30,
  unlike: [],
  alike: [],
  captured: [{ condition: PHOTO, people: 12, templates: 30, isFew: false }],
  oldEncoder: [],
  lanes: [],
};
const said = (found: Partial<GalleryAudit>): string => auditLines({ ...NOTHING, ...found }).join('\n');
const GATE = cameraCondition(siteId('hq'), laneId('north'), 'color');

test('a gallery without a finding says so, with what was looked at', () => {
  assert.equal(said({}), '12 people with 30 templates of the encoder in use.\nNothing needs attention.');
});

test('each finding says how many, how likely, and what to do', () => {
  const lines = said({
    unlike: [{ person: personId('ada'), row: 2, templates: 3, fmr: falseMatchRate(0.05), condition: PHOTO }],
    alike: [
      {
        people: [personId('bob'), personId('cyd')],
        fmr: falseMatchRate(1e-6),
        passes: [{ lane: laneId('north'), mode: 'verification' }],
      },
    ],
    captured: [
      { condition: GATE, lane: laneId('north'), light: 'color', people: 2, templates: 6, isFew: true },
      { condition: UNKNOWN_CONDITION, people: 3, templates: 3, isFew: false },
    ],
    oldEncoder: [personId('dan')],
  });
  assert.match(
    lines,
    /^unlike: 1 of 3 templates of ada is not like the others \(1 in 20 .*twinstile people remove ada/m,
  );
  assert.match(
    lines,
    /^alike: bob and cyd; 1 in 1,000,000 .*north \(with the badge\).*twinstile people remove cyd/m,
  );
  assert.match(
    lines,
    /^few: 6 templates of 2 people from the camera of north;.*twinstile enroll --lane north/m,
  );
  assert.match(lines, /^unknown: where 3 templates of 3 people came from .*--captured-at LANE/m);
  assert.match(lines, /^encoder: dan has no template .*twinstile models reencode/m);
  assert.doesNotMatch(lines, /Nothing needs attention/);
});

test('people who are alike and pass at no lane as each other are told so', () => {
  const lines = said({
    alike: [{ people: [personId('bob'), personId('cyd')], fmr: falseMatchRate(1e-3), passes: [] }],
  });
  assert.match(lines, /no lane takes one for the other/);
});

test('what each lane’s promises rest on closes the audit', () => {
  const promise = { identification: 'centred', verification: 'measured', centrePeople: 3, pairs: 3 } as const;
  assert.match(
    said({ lanes: [{ lane: laneId('north'), promise }] }),
    /lane north: a face alone centred, a badge and its face measured \(centre of 3 people, 3 pairs compared\)$/,
  );
});
