/**
 * Searches the gallery exactly (1:N): one product of all templates with the probe, a second one with the centred probe where
 * capture conditions are centred, then exact distances for the nearest few.
 *
 * Measured on one core, 128 numbers a template, median: the product over 10,000 templates 0.2 ms (a loop in JavaScript 3 to
 * 7 ms), over 100,000 templates 5 ms (34 to 56 ms); the whole search on a busy machine 1 ms and 12 ms. Core's event loop
 * is blocked for as long, which is why no loop in JavaScript does the product. Centred it takes twice as long.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { explain, TwinstileError } from '../../base/errors.js';
import type { PersonId } from '../../base/ids.js';
import { type Distance, distance } from '../../base/units.js';
import {
  type CentredVector,
  largerDistance,
  UNSTRETCHED,
  withoutOffset,
} from '../../biometrics/conditions/centred.js';
import type { OffsetPlan } from '../../biometrics/conditions/offset-plan.js';
import type { Metric } from '../../biometrics/distance.js';
import ort from '../../vision/onnx/onnx-runtime.js';
import { bytesField, messageOf, varint } from '../../vision/onnx/wire.js';
import { type CentredRows, centredDots, centredRows, ROWS_PER_TURN } from './centred-rows.js';
import type { GallerySnapshot } from './gallery-store.js';
import type { Close, Nearest, OpenSearch, RowSearch, TemplateSearch } from './template-search.js';

type Product = (matrix: ort.Tensor, probe: Float32Array) => Promise<Float32Array>;

/**
 * Opens a search. All searches of a process share one session, loaded at the first gallery: sessions leak when they are
 * recreated, and snapshots change, so the gallery is an input and not part of the model.
 *
 * @throws TwinstileError 'gallery-unusable' when the matrix does not fit its owners; from `nearest` 'model-failed' when the
 * probe has another dimension.
 */
export const openSearch: OpenSearch = createSearch();

function createSearch(): OpenSearch {
  let loading: Promise<ort.InferenceSession> | undefined;
  const session = () => {
    loading ??= ort.InferenceSession.create(productModel(), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    return loading;
  };
  const product: Product = async (matrix, probe) => {
    const feeds = { matrix, probe: new ort.Tensor('float32', probe, [probe.length, 1]) };
    const data = (await (await session()).run(feeds)).product?.data;
    if (data instanceof Float32Array) return data;
    throw failed('a product of float32', typeof data);
  };
  return async (snapshot, metric) => {
    const { matrix, owners, dimension } = snapshot;
    if (matrix.length !== owners.length * dimension) throw unfit(snapshot);
    try {
      await session();
    } catch (cause) {
      throw failed('ONNX Runtime to multiply', explain(cause), cause);
    }
    const tensor = new ort.Tensor('float32', matrix, [owners.length, dimension]);
    return new SnapshotSearch({ snapshot, metric, product, tensor, index: await indexOf(snapshot) });
  };
}

/** Derived once from a snapshot. */
interface SnapshotIndex {
  /** Squared length of each row. */
  readonly squares: Float64Array;
  /** Length of the longest row. A template that is not a number must not hide the others. */
  readonly longest: number;
  readonly rowsOf: ReadonlyMap<string, readonly number[]>;
}

async function indexOf({ matrix, owners, dimension }: GallerySnapshot): Promise<SnapshotIndex> {
  const squares = new Float64Array(owners.length);
  const rowsOf = new Map<string, number[]>();
  let most = 0;
  for (const [i, owner] of owners.entries()) {
    if (i % ROWS_PER_TURN === ROWS_PER_TURN - 1) await nextTurn();
    const square = squareOf(matrix.subarray(i * dimension, (i + 1) * dimension));
    squares[i] = square;
    if (square > most) most = square;
    const own = rowsOf.get(owner);
    if (own === undefined) rowsOf.set(owner, [i]);
    else own.push(i);
  }
  return { squares, longest: Math.sqrt(most), rowsOf };
}

/** Approximate scores that rise with the distance, and how far rounding may have moved each. */
interface Ranking {
  readonly scores: Float64Array;
  readonly slacks: Float64Array;
}

interface SearchParts {
  readonly snapshot: GallerySnapshot;
  readonly metric: Metric;
  readonly product: Product;
  /** The snapshot's matrix. */
  readonly tensor: ort.Tensor;
  readonly index: SnapshotIndex;
  /** Absent: nothing is centred. */
  readonly rows?: CentredRows;
}

class SnapshotSearch implements RowSearch {
  readonly #parts: SearchParts;

  constructor(parts: SearchParts) {
    this.#parts = parts;
  }

  async centred(plan: OffsetPlan): Promise<TemplateSearch> {
    return new SnapshotSearch({ ...this.#parts, rows: await centredRows(this.#parts.snapshot, plan) });
  }

  async nearest(probe: Float32Array): Promise<Nearest | undefined> {
    const [first, second] = await this.closest(probe, 2);
    if (first === undefined) return undefined;
    const found = { person: first.person, distance: first.distance };
    return second === undefined ? found : { ...found, runnerUp: second.distance };
  }

  async closest(probe: Float32Array, count: number): Promise<readonly Close[]> {
    const { owners, dimension } = this.#parts.snapshot;
    if (owners.length === 0) return [];
    if (probe.length !== dimension) throw failed(`a probe of ${dimension} numbers`, `${probe.length}`);
    const live = this.#liveOf(probe);
    const ranking = await this.#rank(live);
    const seen = new Set<string>();
    const found: Close[] = [];
    while (found.length < count) {
      const next = this.#exactLowest(ranking, live, seen);
      if (next === undefined) break;
      seen.add(next.person);
      found.push(next);
    }
    return found;
  }

  against(probe: Float32Array, person: PersonId): Distance | undefined {
    let closest = Number.POSITIVE_INFINITY;
    for (const one of this.templatesOf(probe, person)) if (one.distance < closest) closest = one.distance;
    return closest < Number.POSITIVE_INFINITY ? distance(closest) : undefined;
  }

  templatesOf(probe: Float32Array, person: PersonId): readonly Close[] {
    const live = this.#liveOf(probe);
    const rows = this.#parts.index.rowsOf.get(person) ?? [];
    return rows.map((row) => ({ person, distance: this.#distanceTo(live, row), row }));
  }

  /** The process keeps the session; the matrix is freed with the last reference to this search. */
  async close(): Promise<void> {}

  #liveOf(probe: Float32Array): CentredVector {
    return withoutOffset(probe, this.#parts.rows?.plan.live);
  }

  async #rank({ raw: face, centred }: CentredVector): Promise<Ranking> {
    const { snapshot, product, tensor, rows } = this.#parts;
    const dots = await product(tensor, face);
    const scores = this.#scoresOf(dots, squareOf(face));
    const slack = this.#slackOf(squareOf(face));
    if (rows === undefined) return { scores, slacks: new Float64Array(dots.length).fill(slack) };
    const others = centred === face ? dots : await product(tensor, centred);
    const behind = this.#scoresOf(centredDots(snapshot, rows, others, centred), squareOf(centred));
    const slacks = new Float64Array(dots.length);
    for (let row = 0; row < scores.length; row += 1) {
      // Math.max of NaN is NaN: a template without a direction matches no person.
      const { raw, centred: left } = rows.stretches[row] ?? UNSTRETCHED;
      // A score is the square of a euclidean distance or a distance of cosines: both rise by the square.
      scores[row] = Math.max((scores[row] as number) * raw ** 2, (behind[row] as number) * left ** 2);
      // A row's product was divided by its rest, and its rounding with it.
      slacks[row] = (slack * Math.max(raw, left) ** 2) / Math.min(1, rows.rests[row] as number);
    }
    return { scores, slacks };
  }

  /** How far rounding may have moved a score. @param own squared length of the probe. */
  #slackOf(own: number): number {
    const { snapshot, metric, index } = this.#parts;
    // A float32 sum of `dimension` products errs by less than dimension * 2^-24 * |a||b| (Higham 2002, 3.1); doubled.
    const unit = snapshot.dimension * 2 ** -23;
    return metric === 'euclidean' ? 2 * unit * index.longest * Math.sqrt(own) : unit;
  }

  /** @param own squared length of the probe. */
  #scoresOf(dots: Float32Array | Float64Array, own: number): Float64Array {
    const { squares } = this.#parts.index;
    const scores = new Float64Array(dots.length);
    if (this.#parts.metric === 'euclidean')
      for (let row = 0; row < scores.length; row += 1)
        scores[row] = (squares[row] as number) + own - 2 * (dots[row] as number);
    else
      for (let row = 0; row < scores.length; row += 1)
        scores[row] = 1 - (dots[row] as number) / Math.sqrt((squares[row] as number) * own);
    return scores;
  }

  /** Computes exactly for every row whose score might be the lowest; of two equal ones the lower row. */
  #exactLowest(
    { scores, slacks }: Ranking,
    live: CentredVector,
    except: ReadonlySet<string>,
  ): Close | undefined {
    const { owners } = this.#parts.snapshot;
    let highest = Number.POSITIVE_INFINITY;
    for (let row = 0; row < scores.length; row += 1) {
      const most = (scores[row] as number) + (slacks[row] as number);
      if (most < highest && !except.has(owners[row] ?? '')) highest = most;
    }
    let found: Close | undefined;
    for (let row = 0; row < scores.length; row += 1) {
      if (!((scores[row] as number) - (slacks[row] as number) <= highest)) continue;
      const person = owners[row];
      if (person === undefined || except.has(person)) continue;
      const exact = this.#distanceTo(live, row);
      if (found === undefined || exact < found.distance) found = { person, distance: exact, row };
    }
    return found;
  }

  #distanceTo(live: CentredVector, row: number): Distance {
    const { snapshot, metric, rows } = this.#parts;
    const { matrix, dimension } = snapshot;
    const template = matrix.subarray(row * dimension, (row + 1) * dimension);
    const offset = rows?.offsets[(rows.offsetOfRow[row] ?? 0) - 1];
    return largerDistance(metric, withoutOffset(template, offset), live, rows?.stretches[row]);
  }
}

function squareOf(vector: Float32Array): number {
  let sum = 0;
  for (const value of vector) sum += value * value;
  return sum;
}

function unfit({ matrix, owners, dimension }: GallerySnapshot): TwinstileError {
  return new TwinstileError({
    code: 'gallery-unusable',
    message: `Expected ${owners.length} templates of ${dimension} numbers, got ${matrix.length} numbers.`,
    hint: 'Enroll again with the model pack that this lane uses.',
  });
}

function failed(expected: string, got: string, cause?: unknown): TwinstileError {
  return new TwinstileError({
    code: 'model-failed',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Check that every lane uses the pack that the gallery was made with.',
    cause,
  });
}

// The model that is run. Field numbers: onnx.proto3 of ONNX 1.19.
const FLOAT = 1;
const IR_VERSION = 8;
const OPERATOR_SET = 17;

/**
 * The smallest ONNX model: y = matrix · probe. Its shapes are free, so one session serves every gallery.
 * Inputs `matrix` float32 [N, D] and `probe` float32 [D, 1]; output `product` float32 [N, 1].
 */
function productModel(): Uint8Array {
  const node = messageOf([
    bytesField(1, 'matrix'),
    bytesField(1, 'probe'),
    bytesField(2, 'product'),
    bytesField(4, 'MatMul'),
  ]);
  const graph = messageOf([
    bytesField(1, node),
    bytesField(2, 'search'),
    bytesField(11, value('matrix', [named('N'), named('D')])),
    bytesField(11, value('probe', [named('D'), fixed(1)])),
    bytesField(12, value('product', [named('N'), fixed(1)])),
  ]);
  return messageOf([
    varint(1, IR_VERSION),
    bytesField(7, graph),
    bytesField(8, messageOf([bytesField(1, ''), varint(2, OPERATOR_SET)])),
  ]);
}

const fixed = (size: number): Uint8Array => messageOf([varint(1, size)]);
const named = (name: string): Uint8Array => messageOf([bytesField(2, name)]);

function value(name: string, dims: readonly Uint8Array[]): Uint8Array {
  const shape = messageOf(dims.map((dim) => bytesField(1, dim)));
  const tensor = messageOf([varint(1, FLOAT), bytesField(2, shape)]);
  return messageOf([bytesField(1, name), bytesField(2, messageOf([bytesField(1, tensor)]))]);
}
