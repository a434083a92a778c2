/** `twinstile config`: is this file right, and what can stand in it? */
import { Command } from 'commander';
import { TwinstileError } from '../base/errors.js';
import { explainKeys, jsonSchema, type KeyRow } from '../config/explain.js';
import { loadConfig } from '../config/load.js';

export interface ConfigWorld {
  readonly print: (line: string) => void;
}

const realWorld: ConfigWorld = { print: (line) => process.stdout.write(`${line}\n`) };

export function configCommand({ print }: ConfigWorld = realWorld): Command {
  const config = new Command('config').description('Check, explain and describe the configuration.');
  config
    .command('check')
    .description('Read a configuration and say everything that is wrong with it.')
    .argument('<file>', 'the YAML file')
    .action(async (file: string) => {
      const { site, lanes, models } = await loadConfig(file);
      const names = lanes.map(({ id }) => id).join(', ');
      print(`${file} is right: site ${site}, model pack ${models.pack}, lanes ${names}.`);
    });
  config
    .command('explain')
    .description('Show every key with its meaning, default and unit.')
    .argument('[key]', 'only this key and those in it, such as "lanes.camera"')
    .action((key: string | undefined) => {
      const rows = explainKeys(key);
      if (rows.length === 0)
        throw new TwinstileError({
          code: 'bad-arguments',
          message: `Expected a key of the configuration, got "${key}".`,
          hint: 'Run `twinstile config explain` to see them all.',
        });
      for (const row of rows) print(lineFor(row));
    });
  config
    .command('schema')
    .description('Print the JSON Schema (2020-12), for editors.')
    .action(() => print(JSON.stringify(jsonSchema(), null, 2)));
  return config;
}

function lineFor({ path, meaning, byDefault, required, unit }: KeyRow): string {
  const notes = [
    ...(required ? ['required'] : []),
    ...(byDefault === undefined ? [] : [`default ${byDefault}`]),
    ...(unit === '' ? [] : [`in ${unit}`]),
  ];
  return `${path}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}\n    ${meaning}`;
}
