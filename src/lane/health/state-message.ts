/** Writes a lane's state as the message that is published. */
import { modelsMessage, publishedMessage } from './fleet-in-use.js';
import type { LanePromise, LaneState, ProgramVersions } from './lane-state.js';
import type { ReaderFault } from './reader-faults.js';

export type StateMessage = ReturnType<typeof stateMessage>;

/** The message on the topic of the state, docs/PROTOCOL.md. */
export const stateMessage = (
  {
    lane,
    device,
    program,
  }: { readonly lane: string; readonly device?: string; readonly program?: ProgramVersions },
  { galleryLoadedAt, gallery, pack, ...state }: LaneState,
) => ({
  v: 1,
  lane,
  device,
  program,
  mode: state.mode,
  gate: state.gate,
  gate_answers: state.gateAnswers,
  camera: state.camera,
  gallery: {
    version: gallery.version,
    people: gallery.people,
    templates: gallery.templates,
    max_templates: gallery.maxTemplates,
    loaded_at: new Date(galleryLoadedAt).toISOString(),
    published: gallery.published === undefined ? undefined : publishedMessage(gallery.published),
  },
  pack: {
    name: pack.name,
    model: pack.digest,
    calibrated: pack.calibrated,
    extrapolated: pack.extrapolated === true ? true : undefined,
    promise: pack.promise === undefined ? undefined : promiseMessage(pack.promise),
    liveness: pack.liveness === true,
    head: pack.head,
  },
  models: gallery.published?.models === undefined ? undefined : modelsMessage(gallery.published.models),
  degraded: state.degraded,
  open: state.open,
  readers: state.readers.length === 0 ? undefined : state.readers.map(readerOf),
  operator: state.operator,
  prompt: state.prompt,
  light_percent: state.light?.percent,
  watched: state.watched,
});

const promiseMessage = ({ identification, verification, centrePeople, pairs }: LanePromise) => ({
  identification,
  verification,
  centre_people: centrePeople,
  pairs,
});

const readerOf = ({ reader, problem, since }: ReaderFault) => ({
  reader: reader ?? null,
  problem,
  since: new Date(since).toISOString(),
});
