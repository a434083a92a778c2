import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personId } from '../../../src/base/ids.js';
import { comparisonOf } from '../../../src/biometrics/head/comparison.js';
import { auditedAtCamera, newcomersLines } from '../../../src/cli/people/audit-enrolled.js';
import { loadConfig } from '../../../src/service/config/load-config.js';
import { cardOf, table } from '../../biometrics/head/card-sample.js';
import { fakeGallery } from '../../fakes/gallery-store.js';
import { officeFor } from '../office.js';

test('a caller who may not audit is told who may, and the enrollment stands', async (t) => {
  const office = await officeFor(t);
  const config = await loadConfig(office.config);
  const models = { ...config.models, pack: 'not-installed' };
  const [line, ...more] = await auditedAtCamera(
    { config: { ...config, models }, lane: undefined },
    office.world.env ?? {},
    personId('ada'),
  );
  assert.match(line ?? '', /^Not audited: .*twinstile people audit ada$/);
  assert.deepEqual(more, []);
});

test('after an import of very many people the audit of all is named and not run', async () => {
  const audited = {
    gallery: fakeGallery(),
    config: { site: 'hq', lanes: [] },
    comparison: comparisonOf(cardOf(4, table('a test'))),
  };
  assert.deepEqual(await newcomersLines(audited, new Set()), []);
  const many = new Set(Array.from({ length: 201 }, (_, i) => personId(`p${i}`)));
  const [line] = await newcomersLines(audited, many);
  assert.match(line ?? '', /twinstile people audit$/);
});
