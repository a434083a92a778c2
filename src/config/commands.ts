/** Who may order what over MQTT: see docs/PROTOCOL.md, "Commands". */
import { z } from 'zod';
import { OPERATIONS, USUAL_OPERATIONS } from '../gate/command/operations.js';
import { idSchema } from './lane.js';
import { isGroup, type Problem, sayValue } from './problems.js';

const may = z
  .array(z.enum(OPERATIONS))
  .min(1)
  .default([...USUAL_OPERATIONS])
  .describe(`What is obeyed: ${OPERATIONS.join(', ')}.`);

export const commandsSchema = z.strictObject({
  operators: z
    .array(
      z.strictObject({
        id: idSchema.describe('Name of the operator, as it stands in the journal.'),
        key_file: z.string().min(1).describe('Public key (Ed25519, PEM) with which requests are checked.'),
        may,
      }),
    )
    .default([])
    .describe('Operators who sign what they ask for.'),
  trust_broker: z
    .boolean()
    .default(false)
    .describe(
      'You have made sure by the broker’s access list that nobody but USER can publish to command/OP/USER.',
    ),
  broker_users: z
    .array(z.strictObject({ id: idSchema.describe('Login of the user at the broker.'), may }))
    .default([])
    .describe('Users who are believed without a signature, with trust_broker.'),
});

export type CommandsConfig = z.infer<typeof commandsSchema>;

/** @param commands the raw group. */
export function commandConflicts(commands: unknown): readonly Problem[] {
  if (!isGroup(commands)) return [];
  const listOf = (key: string): readonly unknown[] => {
    const list = commands[key];
    return Array.isArray(list) ? list : [];
  };
  const ids = [...listOf('operators'), ...listOf('broker_users')].flatMap((one) =>
    isGroup(one) && one.id !== undefined ? [one.id] : [],
  );
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  return [
    ...(listOf('broker_users').length > 0 && commands.trust_broker !== true
      ? [
          {
            path: 'commands.trust_broker',
            text: 'Expected true beside broker_users, got nothing of the kind. Read "Commands" in docs/PROTOCOL.md, set the access list, then add it.',
          },
        ]
      : []),
    ...(twice === undefined
      ? []
      : [
          {
            path: 'commands',
            text: `Expected a name for each who may order, got ${sayValue(twice)} twice. Rename one.`,
          },
        ]),
  ];
}
