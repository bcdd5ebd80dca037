// The JSON of the Prometheus API under /prometheus/api/v1, as the page reads it.
// Invariants: times are Unix seconds, values are texts (`NaN`, `+Inf` and `-Inf` among them).

export type Labels = Record<string, string>;

export type Sample = [time: number, value: string];

/** A bucket's rule says which bounds belong to it: 0 the upper, 1 the lower, 2 neither, 3 both. */
export type Bucket = [rule: number, low: string, high: string, count: string];

export interface Histogram {
  count: string;
  sum: string;
  buckets?: Bucket[];
}

export type HistogramSample = [time: number, histogram: Histogram];

export interface MatrixSeries {
  metric: Labels;
  values?: Sample[];
  histograms?: HistogramSample[];
}

export interface VectorSeries {
  metric: Labels;
  value?: Sample;
  histogram?: HistogramSample;
}

export type QueryData =
  | { resultType: "matrix"; result: MatrixSeries[] }
  | { resultType: "vector"; result: VectorSeries[] }
  | { resultType: "scalar"; result: Sample }
  | { resultType: "string"; result: Sample };

export interface Answer<T> {
  status: "success";
  data: T;
  warnings?: string[];
  infos?: string[];
}

export interface ExemplarSeries {
  seriesLabels: Labels;
  exemplars: { labels: Labels; value: string; timestamp: number | string }[];
}

/** Metric name → what its exporters say about it. */
export type Metadata = Record<string, { type: string; help: string; unit: string }[]>;
