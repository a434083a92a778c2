import { z } from 'zod';
import { isTopic } from '../../../gate/protocol/relay/pulse-message.js';
import { idSchema } from './lane-section.js';

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
  image: z.boolean().default(false).describe('Whether the picture of the last face is shown.'),
});
