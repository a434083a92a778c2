/** Runs all examinations one after the other; an error in one becomes a finding and does not end the run. */
import type { Config } from '../config/config-schema.js';
import { NO_BROKER } from '../config/sections/registrar-section.js';
import { isOffice } from '../setup/open-gallery.js';
import { checkBroker } from './broker-findings.js';
import { checkCameras } from './camera-findings.js';
import { type Check, type Finding, failed, type Patient } from './finding.js';
import { checkGallery, checkImpostors } from './gallery-findings.js';
import { checkExposures, checkKeys } from './key-findings.js';
import { checkClock, checkDisk, checkSandbox, checkTelemetry } from './machine-findings.js';
import { checkPack } from './pack-findings.js';
import { checkRuntime } from './runtime-findings.js';
import { checkSocket } from './socket-findings.js';
import { checkDocumentCamera, checkVision } from './vision-findings.js';

const CHECKS: readonly Check[] = [
  checkRuntime(),
  checkClock(),
  checkDisk,
  checkKeys,
  checkPack,
  checkGallery,
  checkImpostors,
  checkCameras,
  checkSocket,
  checkSandbox,
  checkBroker,
  checkVision,
  checkDocumentCamera,
  checkExposures,
  // Every network of the box has been loaded by then.
  checkTelemetry(),
];

/** A registrar has no lanes, and may have no broker. */
function skippedFor(config: Config): readonly Check[] {
  if (!isOffice(config)) return [];
  const hasBroker = config.mqtt.url !== NO_BROKER;
  return [checkCameras, checkSocket, checkVision, checkDocumentCamera, ...(hasBroker ? [] : [checkBroker])];
}

interface DoctorListeners {
  /** Receives each finding at once: some take seconds. */
  readonly onFinding: (finding: Finding) => void;
  /** Receives the name of what is examined next. */
  readonly onCheck?: (about: string) => void;
}

/** A cause that several examinations run into, such as a missing key, is reported by the first of them alone. */
export async function runChecks(
  patient: Patient,
  { onFinding, onCheck }: DoctorListeners,
  checks: readonly Check[] = CHECKS,
): Promise<readonly Finding[]> {
  const all: Finding[] = [];
  const causes = new Set<string>();
  const isNew = ({ verdict, detail }: Finding): boolean => {
    if (verdict !== 'wrong') return true;
    if (causes.has(detail)) return false;
    causes.add(detail);
    return true;
  };
  const skipped = skippedFor(patient.config);
  const here = checks.filter((check) => !skipped.includes(check));
  for (const { about, look } of here) {
    onCheck?.(about);
    const found = await look(patient).catch((error: unknown) => [failed(about, error)]);
    const findings = found.filter(isNew);
    all.push(...findings);
    for (const finding of findings) onFinding(finding);
  }
  return all;
}
