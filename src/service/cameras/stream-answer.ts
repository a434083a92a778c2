/** The sentences about what a network camera answered, with what to do about each. */

export interface StreamAnswer {
  readonly detail: string;
  /** An order to the operator. */
  readonly todo: string;
}

const LOGIN = 'Correct the login in camera.url: write / ? # and @ in it as %2F %3F %23 and %40.';
const ADDRESS =
  'Correct the path in camera.url: the camera’s manual or its ONVIF page names that of its stream.';
const NETWORK = 'Check the camera’s power, cable, address and port from this machine (ping, ffplay).';
const BUSY = 'Restart the camera; another program may hold its only stream.';

const answer = (detail: string, todo: string): StreamAnswer => ({ detail, todo });

export const answers = {
  addressUnreadable: () => answer('Its address cannot be read.', LOGIN),
  loginUnreadable: () => answer('Its login cannot be read.', LOGIN),
  loginMissing: (status: number) =>
    answer(
      `It asks for a login (${status}).`,
      'Write the login into camera.url: rtsp://USER:PASSWORD@HOST/PATH, with / ? # and @ as %2F %3F %23 and %40.',
    ),
  loginRefused: (status: number) => answer(`It refuses the login (${status}).`, LOGIN),
  loginUnknown: (status: number) =>
    answer(
      `It asks for a login of a kind that FFmpeg does not know (${status}).`,
      'Allow Digest or Basic authentication in the camera.',
    ),
  status: (status: number) => answer(`It answers ${status}.`, ADDRESS),
  elsewhere: (status: number) => answer(`It sends elsewhere (${status}).`, ADDRESS),
  full: (status: number) => answer(`It has no stream left for this box (${status}).`, BUSY),
  page: () => answer('It answers with a page and not with a stream.', ADDRESS),
  onePicture: () => answer('It answers with one picture and not with a stream.', ADDRESS),
  noVideo: () => answer('Its stream has no video.', ADDRESS),
  noBoundary: () =>
    answer(
      'It sends its first picture without the boundary before it, which FFmpeg cannot read.',
      'Use the camera’s RTSP stream, or update its firmware.',
    ),
  noPicture: (seconds: number) =>
    answer(`It answers with a stream and sends no picture for ${seconds} s.`, BUSY),
  silent: () => answer('It takes the connection and sends nothing.', BUSY),
  otherProtocol: (protocol: string) =>
    answer(
      `It does not speak ${protocol} on this port.`,
      'Correct scheme and port in camera.url: rtsp:// is usually on port 554, http:// on port 80.',
    ),
  unreachable: (code: string) => answer(`It cannot be reached (${code}).`, NETWORK),
} as const;

export const codeOf = (error: Error): string => ('code' in error ? String(error.code) : 'no answer');

/** Longest wait for an answer, in ms. */
export const PATIENCE_MS = 3000;
