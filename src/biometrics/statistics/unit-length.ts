/** Bringing rows to unit length, there and back: the loss looks at directions, the weights need their own gradient. */

interface UnitRows {
  readonly unit: Float64Array;
  /** Per row, above 0. */
  readonly lengths: Float64Array;
}

/** @param rows [count, dimension]. A row without length stays where it is. */
export function toUnitRows(rows: Float32Array | Float64Array, dimension: number): UnitRows {
  const count = rows.length / dimension;
  const unit = Float64Array.from(rows);
  const lengths = new Float64Array(count);
  for (let row = 0; row < count; row += 1) {
    const of = unit.subarray(row * dimension, (row + 1) * dimension);
    let squares = 0;
    for (const value of of) squares += value * value;
    const length = Math.sqrt(squares) || 1;
    lengths[row] = length;
    for (let i = 0; i < dimension; i += 1) of[i] = (of[i] ?? 0) / length;
  }
  return { unit, lengths };
}

/**
 * The gradient by the rows before, from the gradient by the rows of unit length: what points along the row itself is lost,
 * the rest is divided by its length.
 */
export function throughUnitRows(
  { unit, lengths }: UnitRows,
  gradient: Float64Array,
  dimension: number,
): Float64Array {
  const result = new Float64Array(gradient.length);
  lengths.forEach((length, row) => {
    const start = row * dimension;
    let along = 0;
    for (let i = 0; i < dimension; i += 1) along += (gradient[start + i] ?? 0) * (unit[start + i] ?? 0);
    for (let i = 0; i < dimension; i += 1)
      result[start + i] = ((gradient[start + i] ?? 0) - along * (unit[start + i] ?? 0)) / length;
  });
  return result;
}
