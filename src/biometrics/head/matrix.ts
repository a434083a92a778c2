/** The little linear algebra that heads need. Row-major. */

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** float32 [rows, columns] */
  readonly data: Float32Array;
}

export function identityMatrix(size: number, scale = 1): Matrix {
  const data = new Float32Array(size * size);
  for (let i = 0; i < size; i += 1) data[i * size + i] = scale;
  return { rows: size, columns: size, data };
}

/** Matrix times vector, added up in float64. @param vector [columns]. @returns [rows]. */
export function times(
  { rows, columns, data }: Matrix,
  vector: Float32Array | Float64Array,
): Float64Array<ArrayBuffer> {
  const result = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    let sum = 0;
    const start = row * columns;
    for (let i = 0; i < columns; i += 1) sum += (data[start + i] ?? Number.NaN) * (vector[i] ?? Number.NaN);
    result[row] = sum;
  }
  return result;
}

/**
 * How many columns are independent of each other (the rank), by Gaussian elimination with row pivots.
 * A remainder below `tolerance` of the largest entry counts as nothing: float32 keeps seven digits.
 */
export function independentColumns({ rows, columns, data }: Matrix, tolerance = 1e-5): number {
  const left = Float64Array.from(data);
  const at = (row: number, column: number): number => left[row * columns + column] ?? 0;
  const largest = left.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const used = new Set<number>();
  for (let column = 0; column < columns; column += 1) {
    let pivot = -1;
    for (let row = 0; row < rows; row += 1)
      if (!used.has(row) && (pivot === -1 || Math.abs(at(row, column)) > Math.abs(at(pivot, column))))
        pivot = row;
    if (pivot === -1 || !(Math.abs(at(pivot, column)) > tolerance * largest)) continue;
    used.add(pivot);
    for (let row = 0; row < rows; row += 1) {
      if (used.has(row)) continue;
      const share = at(row, column) / at(pivot, column);
      if (share === 0) continue;
      for (let i = column; i < columns; i += 1) left[row * columns + i] = at(row, i) - share * at(pivot, i);
    }
  }
  return used.size;
}

/** a times b, added up in float64. @param b with as many rows as `a` has columns. */
export function product(a: Matrix, b: Matrix): Matrix {
  const data = new Float32Array(a.rows * b.columns);
  for (let row = 0; row < a.rows; row += 1)
    for (let column = 0; column < b.columns; column += 1) {
      let sum = 0;
      for (let k = 0; k < a.columns; k += 1)
        sum += (a.data[row * a.columns + k] ?? Number.NaN) * (b.data[k * b.columns + column] ?? Number.NaN);
      data[row * b.columns + column] = sum;
    }
  return { rows: a.rows, columns: b.columns, data };
}
