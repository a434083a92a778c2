/** Runs all examinations one after the other; an error in one becomes a finding and does not end the run. */
import { isOffice } from '../setup/open-gallery.js';
import { checkBroker } from './broker-findings.js';
import { checkCameras } from './camera-findings.js';
import { type Check, type Finding, failed, type Patient } from './finding.js';
import { checkGallery, checkImpostors } from './gallery-findings.js';
import { checkKeys } from './key-findings.js';
import { checkClock, checkDisk, checkSandbox } from './machine-findings.js';
import { checkPack } from './pack-findings.js';
import { checkRuntime } from './runtime-findings.js';
import { checkDocumentCamera, checkVision } from './vision-findings.js';

export const CHECKS: readonly Check[] = [
  checkRuntime(),
  checkClock(),
  checkDisk,
  checkKeys,
  checkPack,
  checkGallery,
  checkImpostors,
  checkCameras,
  checkSandbox,
  checkBroker,
  checkVision,
  checkDocumentCamera,
];

/** A registrar has no lanes, and may have no broker. */
const OF_A_BOX: readonly Check[] = [checkCameras, checkBroker, checkVision, checkDocumentCamera];

/** @param onFinding receives each finding at once: some take seconds. */
export async function runChecks(
  patient: Patient,
  onFinding: (finding: Finding) => void,
  checks: readonly Check[] = CHECKS,
): Promise<readonly Finding[]> {
  const all: Finding[] = [];
  const here = isOffice(patient.config) ? checks.filter((check) => !OF_A_BOX.includes(check)) : checks;
  for (const { about, look } of here) {
    const findings = await look(patient).catch((error: unknown) => [failed(about, error)]);
    all.push(...findings);
    for (const finding of findings) onFinding(finding);
  }
  return all;
}
