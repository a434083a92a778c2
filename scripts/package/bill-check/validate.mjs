/** Holds bills of materials to the schema of CycloneDX 1.6: `node validate.mjs FILE…`, after npm ci beside it. Ends with 1 when one does not. */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';

const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
for (const file of process.argv.slice(2)) {
  const faults = await validator.validate(readFileSync(file, 'utf8'));
  if (faults === null) {
    process.stdout.write(`${file}: valid CycloneDX 1.6\n`);
    continue;
  }
  process.exitCode = 1;
  for (const { instancePath, message } of Array.isArray(faults) ? faults : [faults])
    process.stderr.write(`${file}: ${instancePath} ${message}\n`);
}
