/** Makes the folder in which the mistakes are typed: a box with keys and two people, and the files that people confuse with others. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { badgeId, personId } from '../../../src/base/ids.js';
import { newGrantKey } from '../../../src/gate/protocol/signature.js';
import { loadConfig } from '../../../src/service/config/load-config.js';
import { withGallery } from '../../../src/service/setup/open-gallery.js';

const BOX = `site: test
data_dir: ./data
gallery: { key_file: ./gallery.key }
mqtt: { url: "mqtt://127.0.0.1:1" }
grants: { key_id: k1, algorithm: ed25519, key_file: ./grant.key }
lanes: [{ id: north, gate: g1, gate_key_file: gate.pub, direction: in, camera: { kind: usb, device: /dev/video77 }, verification: { max_fmr: "1 in 10,000" } }]
`;

export async function fillFolder(folder: string): Promise<void> {
  const put = (name: string, text: string | Uint8Array): Promise<void> =>
    writeFile(path.join(folder, name), text, { mode: 0o600 });
  const { secret, forGate = '' } = newGrantKey('ed25519');
  await put('gallery.key', Buffer.alloc(32, 3));
  await put('grant.key', secret);
  await put('grant.pub', forGate);
  await put('gate.pub', newGrantKey('ed25519').forGate ?? '');
  await put('operator.key', secret);
  await put('box.yaml', BOX);
  await put('other-key.yaml', BOX.replace('./gallery.key', './other.key'));
  await put('other.key', Buffer.alloc(32, 9));
  await put('no-key.yaml', BOX.replace('./gallery.key', './missing.key'));
  await put('no-data.yaml', BOX.replace('./data', './dta'));
  await put('tabs.yaml', 'site: test\n\tlanes: []\n');
  await put('cut.yaml', BOX.replace('max_fmr: "1 in 10,000"', 'max_fmr: 1 in 10,000'));
  await put('typo.yaml', BOX.replace('direction: in', 'directon: in'));
  await put('no-lane.yaml', BOX.replace(/lanes: .*/, 'lanes: []'));
  await put(
    'registrar.yaml',
    'site: test\ndata_dir: ./data\ngallery: { key_file: ./gallery.key }\nregistrar: {}\n',
  );
  await put('empty.yaml', '');
  await put('empty.csv', '');
  await put('header.csv', 'person,name,photo\n');
  await put('latin1.csv', Buffer.from('person;name;photo\nju;J\xfcrgen;a.jpg\n', 'latin1'));
  await put('columns.csv', 'id,vorname\nada,Ada\n');
  await put('missing-photo.csv', 'person,name,photo\nada,Ada,none.jpg\n');
  await put('letter.txt', 'Dear Ada\n');
  await put('letter.jpg', 'Dear Ada\n');
  await put('people.ldif', 'no ldif at all\n');
  await put('people.json', '{"Resources": [');
  await put('pairs.csv', 'a,b,same\n');
  await mkdir(path.join(folder, 'nothing'));
  await mkdir(path.join(folder, 'keys'));
  await put('keys/grant.key', 'old');
  await withGallery(
    await loadConfig(path.join(folder, 'box.yaml')),
    undefined,
    ({ gallery }) =>
      gallery.apply([
        { kind: 'put-person', person: { id: personId('ada'), name: 'Ada Lovelace' } },
        { kind: 'put-person', person: { id: personId('bob'), name: 'Bob' } },
        { kind: 'add-badge', badge: badgeId('77'), person: personId('ada') },
      ]),
    'create',
  );
}
