/** `twinstile cameras`: finds the cameras that a lane can be given. */
import { Command } from 'commander';
import { discoverCameras, type NetworkCamera } from '../../service/cameras/onvif-discovery.js';
import { listVideoDevices, type VideoDevice } from '../../service/cameras/video-devices.js';
import { type OfficeDependencies, officeDependencies } from '../office-dependencies.js';

interface CamerasDependencies extends Pick<OfficeDependencies, 'print'> {
  readonly devices: () => Promise<readonly VideoDevice[]>;
  readonly network: () => Promise<readonly NetworkCamera[]>;
}

export function camerasCommand(replaced: Partial<CamerasDependencies> = {}): Command {
  const dependencies: CamerasDependencies = {
    print: officeDependencies().print,
    devices: () => listVideoDevices(),
    network: () => discoverCameras(),
    ...replaced,
  };
  return new Command('cameras').description('Find the cameras that a lane can be given.').addCommand(
    new Command('list')
      .description('Video devices of this machine with their formats, and ONVIF cameras of its networks.')
      .option('--local', 'without asking the network')
      .option('--json', 'as JSON')
      .addHelpText(
        'after',
        '\nThe network is asked by one multicast message, without a login; cameras answer within three seconds.',
      )
      .action((options: { readonly local?: boolean; readonly json?: boolean }) =>
        list(dependencies, options),
      ),
  );
}

async function list(
  { print, devices, network }: CamerasDependencies,
  { local = false, json = false }: { readonly local?: boolean; readonly json?: boolean },
): Promise<void> {
  const [here, there] = await Promise.all([devices(), local ? [] : network()]);
  if (json) return print(JSON.stringify({ devices: here, network: there }, null, 2));
  if (here.length === 0) print('No video device on this machine (/dev/video*).');
  for (const device of here) for (const line of linesOfDevice(device)) print(line);
  if (local) return;
  if (there.length === 0) print('No ONVIF camera answered on the networks of this machine.');
  for (const { address, name, hardware } of there)
    print(
      `${address}  ${[name, hardware].filter((one) => one !== undefined).join(', ') || 'without a name'}`,
    );
  if (there.length > 0)
    print(
      'Address of a stream for camera.url: on the camera’s own page, usually rtsp://USER:PASSWORD@HOST/….',
    );
}

function linesOfDevice({ device, name, formats }: VideoDevice): readonly string[] {
  if (formats === undefined)
    return [`${device}  ${name}  (install v4l-utils, or join the group video, to see its formats)`];
  if (formats.length === 0) return [`${device}  ${name}  (gives no pictures)`];
  return [
    `${device}  ${name}`,
    ...formats.flatMap(({ code, sizes }) => sizes.map((size) => `  ${code}  ${size} fps`)),
  ];
}
