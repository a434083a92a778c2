/** Sends requests to one vision process and gives each the response that belongs to it. */
import type { Millis } from '../../base/units.js';
import { type ProcessStart, startChild, type VisionChild } from './vision-child.js';
import type { ProcessReport } from './vision-reports.js';
import type { SetupRequest, VisionRequest } from './vision-requests.js';

type Photo = Extract<ProcessReport, { readonly kind: 'photo' }>;
type Jpeg = Extract<ProcessReport, { readonly kind: 'snapshot' }>;

/** Which report answers which request. */
interface ResponseTo {
  readonly photo: Photo;
  /** The face as a JPEG, or a photograph that is unreadable. */
  readonly crop: Jpeg | Photo;
  readonly 'look-at-pass': Extract<ProcessReport, { readonly kind: 'pass' }>;
  readonly canary: Extract<ProcessReport, { readonly kind: 'canary' }>;
  readonly snapshot: Jpeg;
}

type RequestKind = keyof ResponseTo;
type AnyResponse = ResponseTo[RequestKind];

interface ResponseRule {
  readonly kinds: readonly AnyResponse['kind'][];
  readonly count: number;
  /** What happens when none comes in time: a lane goes on without its snapshot, anything else means a hang. */
  readonly late: 'kill' | 'abandon';
}

const RULES: Readonly<Record<RequestKind, ResponseRule>> = {
  photo: { kinds: ['photo'], count: 1, late: 'kill' },
  crop: { kinds: ['snapshot', 'photo'], count: 1, late: 'kill' },
  'look-at-pass': { kinds: ['pass'], count: 1, late: 'kill' },
  // The drawn faces are encoded twice: the second run confirms the first.
  canary: { kinds: ['canary'], count: 2, late: 'kill' },
  snapshot: { kinds: ['snapshot'], count: 1, late: 'abandon' },
};

/** A request without its number, which the client gives. */
export type RequestWithoutId<Kind extends RequestKind> = Kind extends RequestKind
  ? Omit<Extract<VisionRequest, { readonly kind: Kind }>, 'id'>
  : never;

export type ResponseOutcome<Kind extends RequestKind> =
  /** One report; of the self-test two. */
  | { readonly kind: 'answered'; readonly responses: readonly [ResponseTo[Kind], ...ResponseTo[Kind][]] }
  /** None came in time; the process goes on. */
  | { readonly kind: 'late' }
  | { readonly kind: 'ended'; readonly end: ProcessEnd };

/** How a process ended. */
export interface ProcessEnd {
  readonly cause: string;
  /** What it reported of itself before. */
  readonly failure?: Extract<ProcessReport, { readonly kind: 'failed' }>;
}

interface RequestOptions {
  readonly payload?: Uint8Array;
  /** Counted from when the process turns to it: it works on one after the other. */
  readonly limit: Millis;
}

export interface VisionClient {
  /** Absent where it could not be started. */
  readonly pid: number | undefined;
  /** Resolves once the process is gone and nothing more is received from it. Never rejects. */
  readonly gone: Promise<ProcessEnd>;
  /** Never rejects. */
  request<Kind extends RequestKind>(
    request: RequestWithoutId<Kind>,
    options: RequestOptions,
  ): Promise<ResponseOutcome<Kind>>;
  /** SIGKILL, now. */
  kill(cause: string): void;
  /** Requests without a response have ended then, whether or not the process has. */
  stop(): Promise<void>;
}

interface Pending {
  readonly id: number;
  readonly rule: ResponseRule;
  readonly limit: Millis;
  readonly responses: AnyResponse[];
  readonly settle: (outcome: ResponseOutcome<RequestKind>) => void;
}

/**
 * Starts a process and sends its setup.
 * @param onReport receives every report that answers no request; what it throws ends the process.
 */
export function openVisionClient(
  start: ProcessStart,
  setup: SetupRequest,
  onReport: (report: ProcessReport) => void,
): VisionClient {
  return new ProcessClient(start, setup, onReport);
}

class ProcessClient implements VisionClient {
  readonly gone: Promise<ProcessEnd>;
  readonly #child: VisionChild;
  readonly #onReport: (report: ProcessReport) => void;
  /** In the order in which they were sent, which is that of their responses. */
  #pending: Pending[] = [];
  #nextId = 0;
  #timer: NodeJS.Timeout | undefined;
  #end: ProcessEnd | undefined;
  #failure: ProcessEnd['failure'];

  constructor(start: ProcessStart, setup: SetupRequest, onReport: (report: ProcessReport) => void) {
    this.#onReport = onReport;
    this.#child = startChild(start, (report) => this.#receive(report));
    this.gone = this.#child.gone.then((cause) => this.#onGone(cause));
    this.#child.send(setup);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  request<Kind extends RequestKind>(
    request: RequestWithoutId<Kind>,
    { payload, limit }: RequestOptions,
  ): Promise<ResponseOutcome<Kind>> {
    if (this.#end !== undefined) return Promise.resolve({ kind: 'ended', end: this.#end });
    const id = this.#nextId;
    this.#nextId += 1;
    const kind: RequestKind = request.kind;
    return new Promise((resolve) => {
      const settle = resolve as Pending['settle'];
      this.#pending.push({ id, rule: RULES[kind], limit, responses: [], settle });
      // The self-test has no number; every other request has.
      this.#child.send((kind === 'canary' ? request : { ...request, id }) as VisionRequest, payload);
      if (this.#pending.length === 1) this.#startTimer();
    });
  }

  kill(cause: string): void {
    this.#child.kill(cause);
  }

  stop(): Promise<void> {
    this.#endAll({ cause: 'it was stopped' });
    return this.#child.stop();
  }

  #receive(report: ProcessReport): void {
    if (report.kind === 'failed') this.#failure = report;
    const [oldest] = this.#pending;
    switch (report.kind) {
      case 'photo':
      case 'pass':
      case 'snapshot':
        this.#respond(report, report.id);
        break;
      case 'canary':
        // A lane's process sends these unasked.
        if (oldest?.rule === RULES.canary) this.#respond(report, oldest.id);
        else this.#onReport(report);
        break;
      default:
        this.#onReport(report);
    }
  }

  #respond(response: AnyResponse, id: number): void {
    const [oldest] = this.#pending;
    // Responses come in the order of the requests; any other would put one person's face to another's name.
    if (oldest?.id !== id || !oldest.rule.kinds.includes(response.kind)) {
      // The late picture for a snapshot that was abandoned is dropped.
      const isLate = response.kind === 'snapshot' && id < (oldest?.id ?? this.#nextId);
      if (!isLate) this.#child.kill('it answered a request that was not made');
      return;
    }
    oldest.responses.push(response);
    const [first, ...more] = oldest.responses;
    if (first === undefined || oldest.responses.length < oldest.rule.count) {
      this.#startTimer();
      return;
    }
    this.#next();
    oldest.settle({ kind: 'answered', responses: [first, ...more] });
  }

  /** Removes the oldest request. */
  #next(): void {
    this.#pending.shift();
    this.#startTimer();
  }

  #startTimer(): void {
    clearTimeout(this.#timer);
    const [oldest] = this.#pending;
    if (oldest === undefined) return;
    this.#timer = setTimeout(() => this.#onLate(oldest), oldest.limit);
  }

  #onLate({ rule, limit, settle }: Pending): void {
    if (rule.late === 'kill') {
      this.#child.kill(`it took longer than ${limit / 1000} s`);
      return;
    }
    this.#next();
    settle({ kind: 'late' });
  }

  #onGone(cause: string): ProcessEnd {
    const end = { cause, failure: this.#failure };
    this.#endAll(end);
    return end;
  }

  #endAll(end: ProcessEnd): void {
    this.#end ??= end;
    clearTimeout(this.#timer);
    for (const { settle } of this.#pending.splice(0)) settle({ kind: 'ended', end });
  }
}
