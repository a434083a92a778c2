import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { photos, takesUprightPhotographsAlone } from './upright-photographs.js';

test(
  'no photograph that lies on its side or head is taken as it is, and upright ones are: mobile',
  {
    skip: existsSync(photos) ? false : 'needs shared data',
    timeout: 300_000,
  },
  (t) => takesUprightPhotographsAlone(t, 'mobile'),
);
