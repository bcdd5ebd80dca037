// Where the rows of a long list lie: equal heights, plus extra below a few opened ones.
// Invariant: pure; offsets are exact sums, so what is drawn and what is scrolled to agree.

export class RowLayout {
  readonly count: number;
  readonly rowHeight: number;
  private readonly extras: readonly (readonly [number, number])[];

  /** `extras`: row index → pixels of the detail under it. */
  constructor(count: number, rowHeight: number, extras: ReadonlyMap<number, number> = new Map()) {
    this.count = count;
    this.rowHeight = rowHeight;
    this.extras = [...extras].filter(([index]) => index < count).sort((a, b) => a[0] - b[0]);
  }

  /** Top of a row; `offsetOf(count)` is the height of all. */
  offsetOf(index: number): number {
    let extra = 0;
    for (const [row, height] of this.extras) if (row < index) extra += height;
    return index * this.rowHeight + extra;
  }

  /** The row at a height, its detail included; clamped to the list. */
  indexAt(offset: number): number {
    let passed = 0;
    for (const [row, height] of this.extras) {
      const detailTop = (row + 1) * this.rowHeight + passed;
      if (offset < detailTop) break;
      if (offset < detailTop + height) return row;
      passed += height;
    }
    const index = Math.floor((offset - passed) / this.rowHeight);
    return Math.max(0, Math.min(this.count - 1, index));
  }
}
