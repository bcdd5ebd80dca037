// The functions, aggregations and keywords of PromQL, each with its signature and one line of help.
// Invariant: what the server evaluates; `v` is an instant vector, `r` a range vector, `s` a number.

export interface Described {
  name: string;
  signature: string;
  help: string;
}

const described = (lines: string): Described[] =>
  lines
    .trim()
    .split("\n")
    .map((line) => {
      const [signature = "", help = ""] = line.trim().split(" :: ");
      return { name: signature.split("(")[0] ?? "", signature, help };
    });

export const FUNCTIONS: readonly Described[] = described(`
  abs(v) :: each value without its sign
  absent(v) :: 1 where the vector is empty, nothing otherwise
  absent_over_time(r) :: 1 where no series has a sample in the range
  acos(v) :: the angle whose cosine the value is, in radians
  acosh(v) :: inverse hyperbolic cosine
  asin(v) :: the angle whose sine the value is, in radians
  asinh(v) :: inverse hyperbolic sine
  atan(v) :: the angle whose tangent the value is, in radians
  atanh(v) :: inverse hyperbolic tangent
  avg_over_time(r) :: mean of the samples in the range
  ceil(v) :: the next whole number at or above each value
  changes(r) :: how often the value changed within the range
  clamp(v, min s, max s) :: values held between two bounds
  clamp_max(v, max s) :: values held at or below a bound
  clamp_min(v, min s) :: values held at or above a bound
  cos(v) :: cosine of an angle in radians
  cosh(v) :: hyperbolic cosine
  count_over_time(r) :: how many samples lie in the range
  day_of_month(v = vector(time())) :: day of the month in UTC, from 1
  day_of_week(v = vector(time())) :: day of the week in UTC, 0 is Sunday
  day_of_year(v = vector(time())) :: day of the year in UTC, from 1
  days_in_month(v = vector(time())) :: how many days the month has
  deg(v) :: radians as degrees
  delta(r) :: difference between the ends of the range, for gauges
  deriv(r) :: slope per second by linear regression, for gauges
  double_exponential_smoothing(r, sf s, tf s) :: smoothed value that follows the trend
  exp(v) :: e to the power of each value
  first_over_time(r) :: the oldest sample of the range
  floor(v) :: the next whole number at or below each value
  histogram_avg(v) :: mean of the observations in native histograms
  histogram_count(v) :: number of observations in native histograms
  histogram_fraction(lower s, upper s, v) :: share of observations between two bounds
  histogram_quantile(q s, v) :: the value below which a share q of the observations lies
  histogram_stddev(v) :: estimated standard deviation of the observations
  histogram_stdvar(v) :: estimated variance of the observations
  histogram_sum(v) :: sum of the observations in native histograms
  hour(v = vector(time())) :: hour of the day in UTC
  idelta(r) :: difference of the last two samples, for gauges
  increase(r) :: growth of a counter over the range, resets accounted for
  info(v, selector) :: adds the labels of matching info metrics
  irate(r) :: growth per second between the last two samples of a counter
  label_join(v, dst string, separator string, src string, …) :: joins labels into a new one
  label_replace(v, dst string, replacement string, src string, regex string) :: makes a label from a part of another
  last_over_time(r) :: the newest sample of the range
  ln(v) :: natural logarithm
  log10(v) :: logarithm to base 10
  log2(v) :: logarithm to base 2
  mad_over_time(r) :: median distance from the median in the range
  max_over_time(r) :: the highest sample of the range
  min_over_time(r) :: the lowest sample of the range
  minute(v = vector(time())) :: minute of the hour in UTC
  month(v = vector(time())) :: month of the year in UTC, from 1
  pi() :: the number π
  predict_linear(r, t s) :: where the value will be in t seconds, by linear regression
  present_over_time(r) :: 1 for every series that has a sample in the range
  quantile_over_time(q s, r) :: the value below which a share q of the samples lies
  rad(v) :: degrees as radians
  rate(r) :: growth per second of a counter, averaged over the range, resets accounted for
  resets(r) :: how often a counter started over within the range
  round(v, to s = 1) :: values rounded to the nearest multiple
  scalar(v) :: the value of a vector of one series as a number, else NaN
  sgn(v) :: 1, 0 or -1 by the sign of each value
  sin(v) :: sine of an angle in radians
  sinh(v) :: hyperbolic sine
  sort(v) :: sorted by value, lowest first; for instant queries
  sort_by_label(v, label string, …) :: sorted by labels; for instant queries
  sort_by_label_desc(v, label string, …) :: sorted by labels, last first; for instant queries
  sort_desc(v) :: sorted by value, highest first; for instant queries
  sqrt(v) :: square root
  stddev_over_time(r) :: standard deviation of the samples in the range
  stdvar_over_time(r) :: variance of the samples in the range
  sum_over_time(r) :: sum of the samples in the range
  tan(v) :: tangent of an angle in radians
  tanh(v) :: hyperbolic tangent
  time() :: the moment of evaluation in Unix seconds
  timestamp(v) :: when each sample was taken, in Unix seconds
  ts_of_first_over_time(r) :: when the oldest sample of the range was taken
  ts_of_last_over_time(r) :: when the newest sample of the range was taken
  ts_of_max_over_time(r) :: when the highest sample of the range was taken
  ts_of_min_over_time(r) :: when the lowest sample of the range was taken
  vector(s) :: a number as a vector without labels
  year(v = vector(time())) :: the year in UTC
`);

export const AGGREGATION_HELP: readonly Described[] = described(`
  avg(v) :: mean over the series of a group
  bottomk(k s, v) :: the k lowest series of a group
  count(v) :: how many series a group has
  count_values(label string, v) :: how many series have the same value
  group(v) :: 1 for every group
  limit_ratio(ratio s, v) :: a steady sample of that share of the series
  limitk(k s, v) :: k series of a group
  max(v) :: the highest value of a group
  min(v) :: the lowest value of a group
  quantile(q s, v) :: the value below which a share q of the group lies
  stddev(v) :: standard deviation over the series of a group
  stdvar(v) :: variance over the series of a group
  sum(v) :: sum over the series of a group
  topk(k s, v) :: the k highest series of a group
`);

export const KEYWORD_HELP: readonly Described[] = described(`
  and :: series on the left that have a match on the right
  atan2 :: the angle of two values
  bool :: a comparison gives 0 or 1 rather than leaving series out
  by :: groups by these labels
  group_left :: many on the left match one on the right
  group_right :: one on the left matches many on the right
  ignoring :: matches by all labels but these
  offset :: looks that long back
  on :: matches by these labels
  or :: all series on the left, and those on the right without a match
  unless :: series on the left that have no match on the right
  without :: groups by all labels but these
`);

export const DURATIONS: readonly Described[] = [
  ...described(`
    $__rate_interval :: long enough for a rate at the step on show
    $__interval :: the step on show
    $__range :: the whole range on show
  `),
  ..."30s 1m 2m 5m 10m 15m 30m 1h 6h 1d 1w".split(" ").map((name) => ({
    name,
    signature: name,
    help: "",
  })),
];
