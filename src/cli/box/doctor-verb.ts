/** `twinstile doctor`: tests everything that can be wrong on this box, and names a remedy for each finding. */

import { Command } from 'commander';
import { exitCodeOf } from '../../base/exit-code.js';
import { plural } from '../../base/plural.js';
import { faultOfBindings } from '../../platform/native-bindings.js';
import { takesEscapes } from '../../platform/output-guard.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import { type Check, type Finding, failed, good } from '../../service/doctor/finding.js';
import {
  type ConfigOption,
  configOption,
  type OfficeDependencies,
  officeDependencies,
} from '../office-dependencies.js';

interface Options extends ConfigOption {
  readonly json?: boolean;
}

const MARKS = { good: 'ok     ', warning: 'WARNING', wrong: 'WRONG  ' } as const;

/** What has been found, and what the command ends with. */
interface Examination {
  readonly findings: readonly Finding[];
  readonly code: number;
}

/** @param checks absent: all there are. */
export function doctorCommand(
  replaced: Partial<OfficeDependencies> = {},
  checks?: readonly Check[],
): Command {
  const dependencies = { ...officeDependencies(), ...replaced };
  const { print, setExitCode } = dependencies;
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
      const { findings, code } = await examine(file, { ...dependencies, onFinding, checks });
      if (json) print(JSON.stringify(findings, null, 2));
      const count = findings.filter(({ verdict }) => verdict === 'wrong').length;
      if (!json)
        print(count === 0 ? 'Nothing is wrong.' : `${plural(count, 'thing is', 'things are')} wrong.`);
      if (count > 0) setExitCode(code);
    });
}

interface Doctor extends Pick<OfficeDependencies, 'env' | 'clock'> {
  readonly onFinding: (finding: Finding) => void;
  readonly checks: readonly Check[] | undefined;
}

async function examine(file: string, doctor: Doctor): Promise<Examination> {
  const only = (about: string, error: unknown): Examination => {
    const finding = failed(about, error);
    doctor.onFinding(finding);
    return { findings: [finding], code: exitCodeOf(error instanceof Error ? error : 'broken') };
  };
  // Before anything is loaded: with a part that does not fit, nothing else can be examined.
  const unfit = faultOfBindings();
  if (unfit !== undefined) return only('runtime', unfit);
  const read = await loadConfig(file).then(
    (config) => ({ config }),
    (error: unknown) => ({ error }),
  );
  return 'error' in read ? only('configuration', read.error) : examineBox(file, read.config, doctor);
}

async function examineBox(
  file: string,
  config: Config,
  { env, clock, onFinding, checks }: Doctor,
): Promise<Examination> {
  const [{ runChecks }, { modelsOfBox, withModelsInUse }, { NO_PROGRESS }] = await Promise.all([
    import('../../service/doctor/run-doctor.js'),
    import('../../service/models/models-in-use.js'),
    import('../../fleet/releases/rollout-state.js'),
  ]);
  const lanes = plural(config.lanes.length, 'lane');
  const first = good('configuration', `${file} can be used: site ${config.site}, ${lanes}.`);
  onFinding(first);
  // A database that cannot be read is reported by the check of the database.
  const here = await modelsOfBox(config, env).catch(() => withModelsInUse(config, NO_PROGRESS, env));
  const patient = { config: here.config, env, clock, packFolder: here.models.packFolder };
  const working = showWork(process.stderr);
  const listeners = {
    onCheck: working.show,
    onFinding: (finding: Finding) => {
      working.end();
      onFinding(finding);
    },
  };
  const found = await runChecks(patient, listeners, checks).finally(working.end);
  return { findings: [first, ...found], code: exitCodeOf('not-well') };
}

/** Shows what is examined now in one line on a terminal; some of it takes half a minute. */
function showWork(out: NodeJS.WriteStream): {
  readonly show: (about: string) => void;
  readonly end: () => void;
} {
  const write = (text: string): void => {
    if (takesEscapes(out)) out.write(text);
  };
  return { show: (about) => write(`\r… ${about}\u001b[K`), end: () => write('\r\u001b[K') };
}
