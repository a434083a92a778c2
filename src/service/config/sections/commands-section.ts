/** Describes who may send which operator commands over MQTT: see docs/PROTOCOL.md, "Commands". */
import { z } from 'zod';
import { DEFAULT_OPERATIONS, OPERATIONS } from '../../../gate/operator-command/operations.js';
import { filePath } from './file-place.js';
import { idSchema } from './lane-section.js';

const permissions = z
  .array(z.enum(OPERATIONS))
  .min(1)
  .default([...DEFAULT_OPERATIONS])
  .describe(`What is obeyed: ${OPERATIONS.join(', ')}.`);

export const commandsSchema = z.strictObject({
  operators: z
    .array(
      z.strictObject({
        id: idSchema.describe('Name of the operator, as it stands in the journal.'),
        key_file: filePath().describe('Public key (Ed25519, PEM) with which requests are checked.'),
        permissions,
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
    .array(z.strictObject({ id: idSchema.describe('Login of the user at the broker.'), permissions }))
    .default([])
    .describe('Users who are believed without a signature, with trust_broker.'),
});
