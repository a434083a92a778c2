/** `twinstile doctor`: tests everything that can be wrong on this box, and names a remedy for each finding. */

import { Command } from 'commander';
import { exitCodeOf } from '../../base/exit-code.js';
import { plural } from '../../base/plural.js';
import { NO_PROGRESS } from '../../fleet/releases/rollout-state.js';
import { loadConfig } from '../../service/config/load-config.js';
import { type Check, type Finding, failed, good } from '../../service/doctor/finding.js';
import { checkExposures } from '../../service/doctor/key-findings.js';
import { checkTelemetry } from '../../service/doctor/machine-findings.js';
import { CHECKS, runChecks } from '../../service/doctor/run-doctor.js';
import { modelsOfBox, withModelsInUse } from '../../service/models/models-in-use.js';
import {
  type ConfigOption,
  configOption,
  type OfficeDependencies,
  officeDependencies,
} from '../office-dependencies.js';

interface Options extends ConfigOption {
  readonly json?: boolean;
}

/** Telemetry last: every network of the box has been loaded then. */
const ALL: readonly Check[] = [...CHECKS, checkExposures, checkTelemetry()];

const MARKS = { good: 'ok     ', warning: 'WARNING', wrong: 'WRONG  ' } as const;

/** @param checks absent: all there are. */
export function doctorCommand(
  replaced: Partial<OfficeDependencies> = {},
  checks: readonly Check[] = ALL,
): Command {
  const { print, env, clock, setExitCode } = { ...officeDependencies(), ...replaced };
  const printFinding = ({ verdict, about, detail, todo }: Finding): void => {
    print(`${MARKS[verdict]}  ${about}: ${detail}`);
    if (todo !== undefined) print(`         -> ${todo}`);
  };
  return new Command('doctor')
    .description('Try everything that can be wrong on this box, and say what to do about it.')
    .addOption(configOption())
    .option('--json', 'as JSON, at the end')
    .addHelpText(
      'after',
      '\nEnds with 4 when something is wrong. A USB camera can be tried only while the service is stopped.',
    )
    .action(async ({ config: file, json = false }: Options) => {
      const onFinding = json ? () => {} : printFinding;
      const findings = await findAll(file, onFinding);
      if (json) print(JSON.stringify(findings, null, 2));
      const count = findings.filter(({ verdict }) => verdict === 'wrong').length;
      if (!json)
        print(count === 0 ? 'Nothing is wrong.' : `${plural(count, 'thing is', 'things are')} wrong.`);
      if (count > 0) setExitCode(exitCodeOf('not-well'));
    });

  async function findAll(file: string, onFinding: (finding: Finding) => void): Promise<readonly Finding[]> {
    const config = await loadConfig(file).catch((error: unknown) => failed('configuration', error));
    if ('verdict' in config) {
      onFinding(config);
      return [config];
    }
    const first = good(
      'configuration',
      `${file} can be used: site ${config.site}, ${plural(config.lanes.length, 'lane')}.`,
    );
    onFinding(first);
    // A database that cannot be read is reported by the check of the database.
    const here = await modelsOfBox(config, env).catch(() => withModelsInUse(config, NO_PROGRESS, env));
    const checked = { config: here.config, env, clock, packFolder: here.models.packFolder };
    return [first, ...(await runChecks(checked, onFinding, checks))];
  }
}
