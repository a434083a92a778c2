/** Runs the vision process: all native image code of a lane. It has no gallery, no keys and no broker login. */
import { randomBytes } from 'node:crypto';
import { explain, TwinstileError } from './base/errors.js';
import { millis } from './base/units.js';
import { openPacks } from './biometrics/packs/pack-store.js';
import { guardOutput } from './platform/output-guard.js';
import { systemClock } from './platform/system-clock.js';
import { createCameraSupervisor } from './vision/camera/supervise-camera.js';
import { loadNetwork } from './vision/onnx/onnx-network.js';
import { limitThreads } from './vision/opencv/cv.js';
import { createOpenCamera } from './vision/opencv/open-camera.js';
import { decodePicture } from './vision/opencv/opencv-picture.js';
import { captureDocument } from './vision/pipeline/capture-document.js';
import { encodePhoto } from './vision/pipeline/encode-photo.js';
import { cropFace } from './vision/pipeline/face-crop.js';
import { loadModels, type Models } from './vision/pipeline/load-models.js';
import { createEncoderSelfTest } from './vision/pipeline/self-test.js';
import { createSnapshotRequests, runVisionPipeline } from './vision/pipeline/vision-pipeline.js';
import type { EncoderSettings, VisionSettings } from './vision/ports/vision.js';
import { type CoreLink, openCoreLink } from './vision/process/core-link.js';
import type { VisionRequest } from './vision/process/vision-requests.js';
import { countTracks } from './vision/tracking/track.js';

/** Longest text in a report. */
const MAX_TEXT_LENGTH = 2000;

const NO_FACE = { kind: 'unreadable', detail: 'There is no face to cut out.' } as const;

class VisionProcess {
  readonly #link: CoreLink;
  readonly #stop = new AbortController();
  #setup: { readonly settings: EncoderSettings; readonly models: Models } | undefined;
  /** Photographs are answered one after the other, in the order in which they came. */
  #queue: Promise<void> = Promise.resolve();
  #zone: VisionSettings['zone'] | undefined;
  readonly #snapshots = createSnapshotRequests(
    (snapshot) => this.#link.report({ kind: 'snapshot', ...snapshot }),
    () => this.#zone,
  );

  constructor() {
    this.#link = openCoreLink(process.stdin, {
      onRequest: (request, payload) => this.#receive(request, payload),
      onLost: (error) => {
        process.stderr.write(`${explain(error)}\n`);
        process.exit(1);
      },
    });
  }

  #receive(request: VisionRequest, payload: Buffer): void {
    if (request.kind === 'watch') this.#enqueue(() => this.#watch(request.settings));
    if (request.kind === 'encode-photos')
      this.#enqueue(async () => {
        await this.#begin(request.settings);
      });
    if (request.kind === 'photo') {
      // The bytes belong to the pipe and are overwritten.
      const photo = Buffer.from(payload);
      this.#enqueue(() => this.#encode(request.id, photo));
    }
    if (request.kind === 'crop') {
      const photo = Buffer.from(payload);
      this.#enqueue(() => this.#crop(request.id, photo));
    }
    if (request.kind === 'canary') this.#enqueue(() => this.#runSelfTest());
    if (request.kind === 'look-at-pass') this.#enqueue(() => this.#captureDocument(request));
    if (request.kind === 'snapshot')
      this.#snapshots.accept({ ...request, patience: millis(request.patience) }, systemClock.monotonic());
    if (request.kind === 'stop') {
      this.#stop.abort();
      this.#queue = this.#queue.finally(() => process.exit(0));
    }
  }

  #enqueue(job: () => Promise<void>): void {
    this.#queue = this.#queue
      .then(() => (this.#stop.signal.aborted ? undefined : job()))
      .catch((error) => fail(this.#link, error));
  }

  /** Checks the pack, loads its networks and reports ready. @param liveness whether those are among them. */
  async #begin(settings: EncoderSettings, liveness = false): Promise<Models> {
    if (this.#setup !== undefined) throw misused('one setup', 'a second one');
    const { packFolder, pack, threads, provider } = settings;
    limitThreads(threads);
    const installed = await openPacks(packFolder).open(pack);
    const models = await loadModels(installed, loadNetwork, { threads, provider, liveness });
    this.#setup = { settings, models };
    // performance.now() counts from the start of the process.
    const startup = millis(performance.now());
    this.#link.report({ kind: 'ready', provider: models.encoder.provider, pid: process.pid, startup });
    return models;
  }

  async #watch(settings: VisionSettings): Promise<void> {
    const models = await this.#begin(settings, settings.liveness === true);
    this.#zone = settings.zone;
    const report: CoreLink['report'] = (each) => this.#link.report(each);
    const camera = createCameraSupervisor({
      open: createOpenCamera(systemClock),
      source: settings.source,
      clock: systemClock,
      onStatus: (status, detail) => {
        const at = systemClock.monotonic();
        report({
          kind: 'camera',
          status,
          at,
          detail: detail?.slice(0, MAX_TEXT_LENGTH),
        });
      },
    });
    const selfTest = createEncoderSelfTest({
      models,
      onVectors: (vectors) => report({ kind: 'canary', ...vectors }),
    });
    const newTrack = countTracks(randomBytes(2).toString('hex'));
    const snapshots = this.#snapshots;
    await runVisionPipeline(
      { camera, selfTest, snapshots, models, settings, clock: systemClock, newTrack, onReport: report },
      this.#stop.signal,
    );
    await this.#link.flushed();
  }

  async #crop(id: number, photo: Buffer): Promise<void> {
    if (this.#setup === undefined) throw misused('a setup', 'a photograph');
    const { settings, models } = this.#setup;
    const crop = await cropFace(photo, { models, settings, decode: decodePicture }).catch(
      (error: unknown) => {
        // What is wrong with the photograph is an answer.
        if (error instanceof TwinstileError && error.code === 'picture-unreadable') return undefined;
        throw error;
      },
    );
    if (crop === undefined) this.#link.report({ kind: 'photo', id, result: NO_FACE });
    else this.#link.report({ kind: 'snapshot', id, ...crop });
  }

  async #runSelfTest(): Promise<void> {
    if (this.#setup === undefined) throw misused('a setup', 'a self-test');
    const { models } = this.#setup;
    const report = this.#link.report.bind(this.#link);
    await createEncoderSelfTest({
      models,
      onVectors: (vectors) => report({ kind: 'canary', ...vectors }),
    }).runIfDue(systemClock.monotonic());
  }

  async #encode(id: number, photo: Buffer): Promise<void> {
    if (this.#setup === undefined) throw misused('a setup', 'a photograph');
    const { settings, models } = this.#setup;
    const result = await encodePhoto(photo, { models, settings, decode: decodePicture });
    this.#link.report({ kind: 'photo', id, result });
  }

  async #captureDocument({
    id,
    place,
    wish,
  }: Extract<VisionRequest, { readonly kind: 'look-at-pass' }>): Promise<void> {
    if (this.#setup === undefined) throw misused('a setup', 'a request to capture a document');
    const open = createOpenCamera(systemClock);
    const result = await captureDocument({ ...this.#setup, open, clock: systemClock, place, options: wish });
    this.#link.report({ kind: 'pass', id, result });
  }
}

/** Reports what is broken, and exits. */
async function fail(link: CoreLink, error: unknown): Promise<never> {
  const { code, hint } = error instanceof TwinstileError ? error : { code: 'internal', hint: undefined };
  const message = (error instanceof Error ? error.message : String(error)).slice(0, MAX_TEXT_LENGTH);
  link.report({ kind: 'failed', code, message, hint: hint?.slice(0, MAX_TEXT_LENGTH) });
  // The message of a TwinstileError is enough; anything else needs its stack.
  if (code === 'internal' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  await link.flushed();
  process.exit(1);
}

const misused = (expected: string, got: string): TwinstileError =>
  new TwinstileError({ code: 'vision-protocol', message: `Expected ${expected}, got ${got}.` });

// Core notices its end by the pipes; a line that is not read is no reason to end.
guardOutput('goes-on');
// Ctrl-C reaches every process of the terminal; core decides when this one ends.
process.on('SIGINT', () => {});
new VisionProcess();
