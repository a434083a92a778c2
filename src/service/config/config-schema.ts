/** Describes the configuration once: validation, JSON Schema and the table of keys are all derived from it. */
import { z } from 'zod';
import { DEFAULT_OPERATIONS, OPERATIONS } from '../../gate/operator-command/operator-messages.js';
import { isTopic } from '../../gate/protocol/relay-message.js';
import { accessRules } from './sections/access-section.js';
import { fleetSchema } from './sections/fleet-section.js';
import { idSchema, laneSchema } from './sections/lane-section.js';
import { registrarSchema } from './sections/registrar-section.js';
import { adaptationSchema, backupSchema, privacySchema } from './sections/upkeep-section.js';
import { credentialName, filePath } from './sections/value-schemas.js';

const permissions = z
  .array(z.enum(OPERATIONS))
  .min(1)
  .default([...DEFAULT_OPERATIONS])
  .describe(`What is obeyed: ${OPERATIONS.join(', ')}.`);

/** Who may send which operator commands over MQTT: see docs/PROTOCOL.md, "Commands". */
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

const topic = z.string().refine(isTopic, 'Expected a topic without + # or NUL and not starting with $.');

export const homeAssistantSchema = z.strictObject({
  enabled: z.boolean().default(false).describe('Whether the lanes appear in Home Assistant by themselves.'),
  prefix: topic.default('homeassistant').describe('Discovery prefix, as in Home Assistant’s MQTT options.'),
  status_topic: topic
    .default('homeassistant/status')
    .describe('Where Home Assistant says that it has started.'),
  open_button: z
    .boolean()
    .default(false)
    .describe('Whether there is a button that opens; whoever may use it is a matter of commands.'),
  user: idSchema
    .default('home-assistant')
    .describe('Login of Home Assistant at the broker: the button publishes to command/open/USER.'),
});

/** Both together are refused in conflicts.ts, which keeps the JSON Schema readable. */
const key = (what: string) => ({
  key_file: filePath().optional().describe(`File that holds ${what}.`),
  key_credential: credentialName().optional().describe(`Name of the systemd credential that holds ${what}.`),
});

export const configSchema = z.strictObject({
  site: idSchema.describe('Name of this site; the first segment of its topics.'),
  data_dir: filePath().default('/var/lib/twinstile').describe('Folder of the database.'),
  models: z
    .strictObject({
      pack: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'Expected the name of a model pack.')
        .default('builtin')
        .describe('Model pack: builtin, mobile, zoo or a name of your own.'),
      folder: filePath().optional().describe('Folder of the installed packs.'),
      head: filePath()
        .optional()
        .describe('Head from twinstile train head, made for this pack; the encoder alone if absent.'),
      calibration: filePath()
        .optional()
        .describe('Table from twinstile calibrate --out, made of this pack and head; their own if absent.'),
      reranker: filePath()
        .optional()
        .describe('Second opinion from twinstile train reranker, which can only doubt; none if absent.'),
      provider: z
        .enum(['cpu', 'cuda', 'tensorrt'])
        .default('cpu')
        .describe('What runs the networks; never replaced silently.'),
      threads: z.int().min(1).max(64).default(1).describe('Threads for one network.'),
    })
    .prefault({})
    .describe('The networks.'),
  adaptation: adaptationSchema.prefault({}).describe('How lanes adapt to their cameras.'),
  gallery: z
    .strictObject({
      ...key('the key of the templates (32 bytes)'),
      fleet: fleetSchema
        .optional()
        .describe('Where this box gets its gallery from; enrolled here if absent.'),
    })
    .describe('The enrolled people.'),
  registrar: registrarSchema
    .optional()
    .describe('Where people are enrolled for many gates; this box alone if absent.'),
  mqtt: z
    .strictObject({
      url: z
        .string()
        .regex(
          /^mqtts?:\/\/[^/@\s]+$/,
          'Expected mqtt://HOST:PORT or mqtts://HOST:PORT, without a login in it.',
        )
        .describe('Address of the broker; mqtts:// for TLS.'),
      username: z.string().min(1).optional().describe('Login at the broker.'),
      password_file: filePath().optional().describe('File that holds the password.'),
      password_credential: credentialName()
        .optional()
        .describe('Name of the systemd credential that holds the password.'),
      ca_file: filePath()
        .optional()
        .describe(
          'Certificate (PEM) of the authority that signed the broker; the system’s own list if absent.',
        ),
      cert_file: filePath()
        .optional()
        .describe('Certificate (PEM) of this box, where the broker asks for one.'),
      key_file: filePath().optional().describe('Private key (PEM) to cert_file.'),
    })
    .describe('The broker.'),
  grants: z
    .strictObject({
      key_id: idSchema.describe('Name of the key, so that the gate knows which one to check with.'),
      algorithm: z.enum(['ed25519', 'hmac-sha256']).describe('How grants are signed.'),
      ...key('the key that signs grants'),
    })
    .describe('What the gate believes.'),
  lanes: z.array(laneSchema).describe('One entry for each lane; none at a registrar.'),
  access: accessRules
    .optional()
    .describe('Who may pass where and when; everybody who is recognised if absent.'),
  commands: commandsSchema.prefault({}).describe('Who may order what over MQTT; nobody if absent.'),
  local_socket: z
    .strictObject({
      path: filePath().optional().describe('Where it is; `core.sock` in `data_dir` if absent.'),
      group: z
        .string()
        .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'Expected the name of a group of this machine.')
        .optional()
        .describe('Group whose members may connect; by default the one that its place gives it.'),
    })
    .prefault({})
    .describe(
      'Unix socket (0660) by which commands of this machine ask the running service: enroll --lane, people dispute.',
    ),
  home_assistant: homeAssistantSchema.prefault({}).describe('Home Assistant.'),
  privacy: privacySchema.prefault({}).describe('What others may learn, and for how long.'),
  backup: backupSchema.prefault({}).describe('Backups of the database, checked.'),
  log: z
    .strictObject({
      level: z
        .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'])
        .default('info')
        .describe('How much is logged.'),
    })
    .prefault({})
    .describe('The log.'),
});

export type Config = z.infer<typeof configSchema>;
