/** Checks that the secrets are usable and readable by no other user, and reports what the configuration leaves open. */
import { stat } from 'node:fs/promises';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import { pathOfSecret, placeOf } from '../config/sections/secret-place.js';
import { exposuresOf, withoutFaceFreeWay } from '../setup/exposures.js';
import { isOffice } from '../setup/open-gallery.js';
import { readSecrets } from '../setup/secrets.js';
import { type Check, type Finding, failed, good, warning, wrong } from './finding.js';

const KEYS = 'keys';

export const checkKeys: Check = {
  about: KEYS,
  async look({ config, env: { CREDENTIALS_DIRECTORY: credentials } }) {
    const { gallery, grants, mqtt, registrar, lanes } = config;
    const ofPeople = [
      ['gallery key', placeOf(gallery.key_file, gallery.key_credential)],
      ['password of the database', placeOf(registrar?.password_file, registrar?.password_credential)],
    ] as const;
    const ofBox = [
      ['grant key', placeOf(grants.key_file, grants.key_credential)],
      ['broker password', placeOf(mqtt.password_file, mqtt.password_credential)],
    ] as const;
    /** Public keys: only write access to them matters. */
    const ofGates = lanes.map(
      ({ gate, gate_key_file: file, gate_key_credential: credential }) =>
        [`key of gate ${gate}`, placeOf(file, credential)] as const,
    );
    const findings: Finding[] = [];
    for (const [name, where] of isOffice(config) ? ofPeople : [...ofPeople, ...ofBox]) {
      if (where === undefined) continue;
      try {
        findings.push(...(await lookAt(name, pathOfSecret(where, credentials))));
      } catch (error) {
        findings.push(failed(KEYS, error));
      }
    }
    for (const [name, where] of isOffice(config) ? [] : ofGates) {
      if (where === undefined) continue;
      try {
        findings.push(...(await lookAt(name, pathOfSecret(where, credentials), 0o022)));
      } catch (error) {
        findings.push(failed(KEYS, error));
      }
    }
    if (findings.some(({ verdict }) => verdict === 'wrong')) return findings;
    if (!isOffice(config)) await readSecrets(config, credentials);
    return [...findings, good(KEYS, 'All of them can be used.')];
  },
};

/** @param forbidden permission bits of other users that the file must not have. */
async function lookAt(name: string, file: string, forbidden = 0o077): Promise<readonly Finding[]> {
  const { mode } = await stat(file);
  if ((mode & forbidden) === 0) return [];
  const rights = (mode & 0o777).toString(8).padStart(4, '0');
  const what = forbidden === 0o022 ? 'written' : 'read';
  return [
    wrong(KEYS, `The ${name} at ${file} can be ${what} by others (${rights}).`, `Run: chmod 600 ${file}`),
  ];
}

const EXPOSURES = 'open';

/** Reports what the configuration leaves open, even though everything works. */
export const checkExposures: Check = {
  about: EXPOSURES,
  async look({ config, packFolder }) {
    if (config.lanes.length === 0) return [];
    const { card } = await openPacks(packFolder).open(config.models.pack);
    const found = exposuresOf(config, card);
    const shut = withoutFaceFreeWay(config).map(({ direction, sentence, todo }) =>
      warning(`without a face ${direction}`, sentence, todo),
    );
    if (found.length === 0) return [good(EXPOSURES, 'Nothing that the configuration could close.'), ...shut];
    const open = found.map(({ code, lane, sentence, todo }) =>
      warning(`${EXPOSURES} ${code}${lane === undefined ? '' : ` ${lane}`}`, sentence, todo),
    );
    return [...open, ...shut];
  },
};
