/** Checks that the camera for documents sees a document, and in sufficient size. */
import { openPacks } from '../../biometrics/packs/pack-store.js';
import type { DocumentCapture } from '../../vision/ports/vision.js';
import type { Config } from '../config/config-schema.js';
import { expectOtherCamera, startLaneDocumentCamera } from '../daemon/visitor-pass/lane-camera.js';
import { type Check, type Finding, failed, good, warning, wrong } from './finding.js';

type Lane = Config['lanes'][number];

export const checkDocumentCamera: Check = {
  about: 'pass camera',
  async look({ config, env, packFolder }) {
    const findings: Finding[] = [];
    for (const lane of config.lanes) {
      if (lane.document_camera === undefined) continue;
      try {
        expectOtherCamera(lane, config.lanes);
        const { card } = await openPacks(packFolder).open(config.models.pack);
        const camera = await startLaneDocumentCamera(lane.document_camera, {
          config,
          packFolder,
          dimension: card.encoder.dimension,
          credentials: env.CREDENTIALS_DIRECTORY,
          onLine: () => {},
        });
        findings.push(judgeDocumentLook(lane, await camera.capture('face').finally(() => camera.close())));
      } catch (error) {
        // One lane's camera says nothing of another's.
        findings.push(failed(aboutOf(lane), error));
      }
    }
    return findings;
  },
};

const aboutOf = ({ id }: Pick<Lane, 'id'>): string => `pass camera ${id}`;

/** Pure. */
export function judgeDocumentLook(lane: Pick<Lane, 'id'>, look: DocumentCapture): Finding {
  const about = aboutOf(lane);
  if (look.kind === 'no-picture')
    return wrong(
      about,
      `It gives no picture: ${look.detail}`,
      'Check cable, address and rights (group video). Until then visitors are sent to the desk; everybody else passes as ever.',
    );
  const [face, ...more] = look.faces;
  if (face === undefined)
    return good(about, 'It gives pictures; no pass lies there now. Lay one down and look again.');
  if (more.length > 0)
    return warning(
      about,
      `It sees ${look.faces.length} faces where one pass should lie.`,
      'Narrow document_camera.roi to where the pass lies, or set document_camera.max_inter_ocular_px below a living face.',
    );
  const size = `a face with ${face.interOcular.toFixed(0)} px between its eyes`;
  if (face.problems.length === 0) return good(about, `It sees ${size}, good enough to be compared.`);
  return warning(
    about,
    `It sees ${size}, not good enough: ${face.problems.join(', ')}.`,
    'Move the camera closer, focus it on the pass, and keep lamps out of its reflection.',
  );
}
