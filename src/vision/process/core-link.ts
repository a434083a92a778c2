/** Connects a vision process to core: requests come on stdin, reports go out on descriptor 3. */
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { TwinstileError } from '../../base/errors.js';
import { MessageDecoder, REQUEST_LIMITS } from './framing.js';
import { encodeReport, type ProcessReport } from './vision-reports.js';
import { requestSchema, type VisionRequest } from './vision-requests.js';

const REPORTS_DESCRIPTOR = 3;
/** About a minute of reports: core hangs when it has not read for so long, and this process is not needed then. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
const HEARTBEAT_MS = 500;

export interface CoreLink {
  report(report: ProcessReport): void;
  /** Resolves when every report has been handed to the system, or the pipe is broken. */
  flushed(): Promise<void>;
}

export interface CoreLinkHandlers {
  onRequest(request: VisionRequest, payload: Buffer): void;
  /** Core is gone, has hung or cannot be understood: the process exits at once. */
  onLost(error: TwinstileError): void;
}

/** Starts to listen and beats from the event loop on, which a native call that hangs stops. */
export function openCoreLink(stdin: Readable, { onRequest, onLost }: CoreLinkHandlers): CoreLink {
  const out = new Socket({ fd: REPORTS_DESCRIPTOR, readable: false, writable: true });
  const decoder = new MessageDecoder(REQUEST_LIMITS);

  stdin.on('data', (chunk: Buffer) => {
    try {
      for (const { header, payload } of decoder.push(chunk)) onRequest(requestSchema.parse(header), payload);
    } catch (cause) {
      onLost(lost('requests that can be understood', 'something else', cause));
    }
  });
  stdin.on('end', () => onLost(lost('core at the other end', 'a closed pipe')));
  stdin.on('error', (cause) => onLost(lost('core at the other end', 'a broken pipe', cause)));
  out.on('error', (cause) => onLost(lost('core at the other end', 'a broken pipe', cause)));

  const say = (report: ProcessReport): void => {
    if (out.destroyed) return;
    out.cork();
    for (const part of encodeReport(report)) out.write(part);
    out.uncork();
    if (out.writableLength > MAX_UNREAD_BYTES)
      onLost(lost('core to read its reports', `${out.writableLength} unread bytes`));
  };

  const beat = setInterval(() => say({ kind: 'heartbeat' }), HEARTBEAT_MS);
  beat.unref();
  return {
    report: say,
    flushed: () =>
      new Promise((resolve) => {
        if (out.destroyed || out.writableLength === 0) return resolve();
        out.once('close', resolve);
        out.write('', () => resolve());
      }),
  };
}

const lost = (expected: string, got: string, cause?: unknown): TwinstileError =>
  new TwinstileError({
    code: 'vision-protocol',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Run this only as a child of twinstile.',
    cause,
  });
