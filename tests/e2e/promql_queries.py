"""Queries made at random from a seed, over the series of `promql_data`: functions, aggregations,
matching, subqueries, offsets and `@` within each other.

Left out, because Prometheus 3, whose semantics the program has, is meant to differ from Prometheus
2.42 there:

- windows with a sample, or subqueries with a step, at their left end: 3.0 made them left-open.
  Times of evaluation end in 3, 13, 23 … seconds, steps of queries and subqueries, ranges and
  offsets are whole tens of seconds, and a subquery within another has an offset of 3 s;
- `holt_winters`, since 3.0 `double_exponential_smoothing` behind a flag, and every function younger
  than 2.42;
- `.` in regular expressions against line breaks, which it matches since 3.0: no label has one;
- quantiles and fractions of native histograms: interpolated exponentially since 3.0; their
  deviation is new;
- operations of native histograms with numbers, and aggregations of them other than sum: errors
  in one, annotations and omissions in the other; 2.42 averages none;
- marks of the end among native histograms with counts that are no integers: 2.42 takes them for the
  histogram before, once more;
- `atan2` of vectors: 2.42 leaves the metric's name on the result;
- `count_values` of computed numbers, and sums of numbers that cancel each other out: the last
  digits are others, since 3.0 sums with compensation;
- deviations of infinities, which are NaN since 3.0;
- `predict_linear` of a window that `@` fixes: 2.42 does not keep to the window in a range query;
- logarithms of denormal numbers, which 2.42 computes wrongly: there are none;
- counters, and gauges taken for such, that begin near zero within a window: since 2.5x `rate`
  reaches back to where a counter was zero only if it would have reached back anyway;
- numbers written as durations and durations as numbers, both legal since 3.0;
- quoted names and names beyond ASCII, legal since 3.0;
- comparisons that keep none of several series that match one: an error in 3.0, nothing before;
- which of equal values `topk` and `bottomk` choose: the order of series in storage decides;
- texts of errors, warnings and infos: whether there is an error is compared.
"""

import random
from dataclasses import dataclass

COUNTERS = ("requests_total", "errors_total", "disordered", "latency_seconds_count")
GAUGES = (
    "temperature",
    "target_temperature",
    "humidity",
    "queue_size",
    "flapping",
    "visitor",
    "gaps",
    "sparse",
    "many_labels",
)
# No two values are equal, and none is NaN.
DISTINCT = ("temperature", "target_temperature", "humidity", "many_labels")
NATIVES = ("latency_native", "size_native")

LABELS = {
    "requests_total": ("job", "instance", "method", "status"),
    "errors_total": ("job", "instance", "status"),
    "build_info": ("job", "instance", "version"),
    "start_time_seconds": ("job", "instance"),
    "disordered": ("number",),
    "temperature": ("floor", "room"),
    "target_temperature": ("floor", "room"),
    "humidity": ("floor",),
    "queue_size": ("queue", "shard"),
    "flapping": ("number",),
    "visitor": ("who",),
    "gaps": ("number",),
    "sparse": (),
    "many_labels": ("number", "label_1", "label_2"),
    "special": ("kind",),
    "latency_seconds_bucket": ("handler", "job", "le"),
    "latency_seconds_count": ("handler", "job"),
    "latency_native": ("handler",),
    "size_native": ("handler",),
}

MATCHERS = (
    'job="api"',
    'job!="api"',
    'job=~"a.*|none"',
    'instance=~"[ab]:80"',
    'instance!~"a.*"',
    'status=~"4..|5.."',
    'status!~"2.+"',
    'method="GET"',
    'method=""',
    'room=~".*e.*"',
    'room="ärea 51"',
    'floor=~"0|1"',
    'number!="2"',
    'who=~"late|ended|"',
    'handler="/cart"',
    'handler=~"/.+"',
    'no_such_label=""',
    'no_such_label!="x"',
)

OF_VECTOR = (
    *("abs", "ceil", "floor", "exp", "ln", "log2", "log10", "sqrt", "sgn", "round", "timestamp"),
    *(
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "sinh",
        "cosh",
        "tanh",
        "asinh",
        "acosh",
        "atanh",
    ),
    *("deg", "rad", "absent", "sort", "sort_desc"),
    *(
        "minute",
        "hour",
        "day_of_week",
        "day_of_month",
        "day_of_year",
        "days_in_month",
        "month",
        "year",
    ),
)
OF_RANGE = (
    *("avg_over_time", "min_over_time", "max_over_time", "sum_over_time", "count_over_time"),
    *("stddev_over_time", "stdvar_over_time", "last_over_time", "present_over_time"),
    *("absent_over_time", "changes", "delta", "idelta", "deriv", "resets"),
)
OF_COUNTER = ("rate", "increase", "irate", "resets", "changes")
AGGREGATIONS = ("sum", "min", "max", "avg", "group", "count")
ARITHMETIC = ("+", "-", "*", "/", "%", "^")
COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")

RANGES = ("40s", "1m", "2m", "5m", "10m", "20m")
STEPS = ("10s", "20s", "30s", "1m", "2m")
OFFSETS = ("30s", "1m", "7m", "-1m", "-5m", "20m")
NUMBERS = ("0", "1", "2", "-1.5", "0.25", "1e3", "100", "20.5", "Inf", "NaN", "-Inf", "0x1F")


@dataclass(frozen=True)
class Times:
    """Of the data: from, to; Unix seconds that end in 3."""

    start_s: int
    end_s: int


class Queries:
    """An endless supply. Every method gives an expression of the kind that its name says."""

    def __init__(self, seed, times):
        self.random = random.Random(seed)
        self.times = times

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, share):
        return self.random.random() < share

    def any_of(self, *methods):
        return self.random.choice(methods)()

    # Selectors.

    def moved(self):
        """`offset` and `@`, either, both in any order, or none."""
        offset = f" offset {self.pick(*OFFSETS)}" if self.chance(0.2) else ""
        at = f" @ {self.pick('start()', 'end()', self.moment())}" if self.chance(0.15) else ""
        return self.pick(offset + at, at + offset)

    def moment(self):
        """A time within the data, or a little outside."""
        span = self.times.end_s - self.times.start_s
        return self.times.start_s + self.random.randrange(-30, span // 10 + 60) * 10

    def selector(self, metric, matched=0.4):
        """A metric, narrowed."""
        chosen = []
        if self.chance(matched):
            own = [m for m in MATCHERS if m.startswith((*LABELS[metric], "no_such"))]
            chosen = self.random.sample(own, min(len(own), self.pick(1, 1, 2)))
        if self.chance(0.1):
            chosen.append(f'__name__="{metric}"')
            return f"{{{','.join(chosen)}}}"
        return metric + (f"{{{','.join(chosen)}}}" if chosen else "")

    def vector_of(self, metric):
        return self.selector(metric) + self.moved()

    def range_of(self, metric):
        return f"{self.selector(metric)}[{self.pick(*RANGES)}]{self.moved()}"

    def several_metrics(self):
        """Series of several metrics at once."""
        names = self.pick("temperature|humidity", "(target_)?temperature", ".*_total", "build.*|up")
        extra = self.pick("", ',job="api"', ',floor!="2"')
        return f'{{__name__=~"{names}"{extra}}}'

    # Vectors without errors.

    def plain(self):
        return self.vector_of(self.pick(*GAUGES, *COUNTERS, "build_info", "start_time_seconds"))

    def rate(self):
        return f"{self.pick(*OF_COUNTER)}({self.range_of(self.pick(*COUNTERS))})"

    def over_time(self):
        match self.random.randrange(8):
            case 0:
                phi = self.pick("0", "0.5", "0.9", "1", "-1", "2", "scalar(humidity{floor='0'})")
                return f"quantile_over_time({phi}, {self.range_of(self.pick(*GAUGES))})"
            case 1:
                seconds = self.pick("0", "60", "-300", "3600")
                window = f"{self.selector(self.pick(*GAUGES))}[{self.pick(*RANGES)}]"
                return f"predict_linear({window} offset {self.pick(*OFFSETS)}, {seconds})"
            case _:
                return f"{self.pick(*OF_RANGE)}({self.range_of(self.pick(*GAUGES))})"

    def function(self, depth=2):
        match self.random.randrange(9):
            case 0:
                low, high = self.pick(("1", "20"), ("-5", "5"), ("20", "1"), ("NaN", "3"))
                return f"clamp({self.vector(depth - 1)}, {low}, {high})"
            case 1:
                name = self.pick("clamp_min", "clamp_max")
                return f"{name}({self.vector(depth - 1)}, {self.scalar(depth - 1)})"
            case 2:
                return f"round({self.vector(depth - 1)}, {self.pick('0.1', '5', '0.25', '10')})"
            case 3:
                return f"vector({self.scalar(depth - 1)})"
            case 4:
                return self.label_function(depth)
            case 5:
                return f"-({self.vector(depth - 1)})"
            case _:
                return f"{self.pick(*OF_VECTOR)}({self.vector(depth - 1)})"

    def label_function(self, depth):
        inner = self.any_of(self.plain, self.rate)
        if self.chance(0.5):
            target = self.pick("where", "room", "instance", "status")
            by = self.pick("'$1', 'instance', '(.*):.*'", "'$1-x', 'room', '(k|h)(.*)'")
            by = self.pick(by, "'', 'status', '.*'", "'v$0', 'floor', '1'", "'fix', 'none', ''")
            return f"label_replace({inner}, '{target}', {by})"
        joint = self.pick("-", "", ", ")
        return f"label_join({inner}, 'joined', '{joint}', 'instance', 'room', 'none')"

    def grouping(self, labels):
        if not labels or self.chance(0.15):
            return self.pick("", " by ()", " without ()")
        chosen = ", ".join(self.random.sample(labels, self.random.randint(1, len(labels))))
        return f" {self.pick('by', 'without')} ({chosen}) "

    def aggregation(self, depth=2):
        metric = self.pick(*GAUGES, *COUNTERS)
        function = "rate" if metric in COUNTERS else "avg_over_time"
        finite = (self.vector_of(metric), f"{function}({self.range_of(metric)})")
        inner = self.pick(*finite, self.vector(depth - 1))
        group = self.grouping(LABELS[metric])
        match self.random.randrange(8):
            case 0:
                name, of = self.pick("topk", "bottomk"), self.pick(*DISTINCT)
                count = self.pick("1", "2", "3", "0", "-1", "1.9", "100")
                return f"{name}{self.grouping(LABELS[of])}({count}, {self.vector_of(of)})"
            case 1:
                phi = self.pick("0", "0.5", "0.95", "1", "-0.1", "1.5")
                return f"quantile{group}({phi}, {inner})"
            case 2:
                of = self.pick("queue_size", "flapping")
                label = self.pick("value", "status")
                return f'count_values{self.grouping(LABELS[of])}("{label}", {self.vector_of(of)})'
            case 3:
                return f"{self.pick('stddev', 'stdvar')}{group}({self.pick(*finite)})"
            case _:
                return f"{self.pick(*AGGREGATIONS)}{group}({inner})"

    def subquery(self, depth=2):
        """A function over a subquery, now and then one within another."""
        name = self.pick(*OF_RANGE)
        if depth > 1 and self.chance(0.2):
            inner = f"{self.pick('max', 'sum')}_over_time({self.inner()}[2m:20s] offset 3s)"
        else:
            inner = self.inner()
        step = self.pick(*STEPS, "")
        window = self.pick("2m", "5m", "10m", "20m")
        return f"{name}(({inner})[{window}:{step}]{self.moved()})"

    def inner(self):
        return self.any_of(self.plain, self.rate, self.simple_aggregation)

    def simple_aggregation(self):
        metric = self.pick(*COUNTERS)
        group = self.grouping(LABELS[metric])
        return f"sum{group}(rate({self.selector(metric)}[{self.pick('1m', '5m')}]))"

    def scalar(self, depth=1):
        match self.random.randrange(6):
            case 0:
                return self.pick("time()", "pi()", "(time() % 60)", "-pi()")
            case 1 if depth > 0:
                return f"scalar({self.pick('sparse', self.simple_aggregation(), self.plain())})"
            case 2:
                operator = self.pick(*ARITHMETIC)
                return f"({self.pick(*NUMBERS)} {operator} {self.pick(*NUMBERS)})"
            case _:
                return self.pick(*NUMBERS)

    # Binary operations; some are errors, in both.

    def with_scalar(self, depth=2):
        vector, scalar = self.vector(depth - 1), self.scalar(depth - 1)
        operator = self.pick(*ARITHMETIC, *COMPARISONS, *(f"{c} bool" for c in COMPARISONS))
        left, right = self.pick((vector, scalar), (scalar, vector))
        return f"({left} {operator} {right})"

    def one_to_one(self, depth=2):
        operator = self.pick(*ARITHMETIC, *COMPARISONS, *(f"{c} bool" for c in COMPARISONS))
        match self.random.randrange(5):
            case 0:
                pair = ("temperature", "target_temperature")
                left, right = map(self.vector_of, self.pick(pair, pair[::-1]))
                return f"{left} {operator} {right}"
            case 1:
                label = self.pick("job", "instance", "status", "job, instance")
                left = f"sum by ({label}) (rate({self.range_of('requests_total')}))"
                right = f"sum by ({label}) (rate({self.range_of('errors_total')}))"
                return f"{left} {operator} {right}"
            case 2:
                left = f"rate({self.selector('latency_seconds_count')}[5m])"
                return f"rate(latency_seconds_sum[5m]) {operator} {left}"
            case 3:
                matching = self.pick("on (floor)", "ignoring (room)", "on ()")
                left = f"max by (floor) ({self.vector_of('temperature')})"
                return f"{left} {operator} {matching} {self.vector_of('humidity')}"
            case _:
                # Either of all metrics: mostly empty, or many to many.
                operator = self.pick(*ARITHMETIC, *(f"{c} bool" for c in COMPARISONS))
                matching = self.pick("", "on (job)", "ignoring (status)", "on (number)")
                return f"{self.vector(depth - 1)} {operator} {matching} {self.vector(depth - 1)}"

    def many_to_one(self):
        operator = self.pick(*ARITHMETIC, *COMPARISONS)
        match self.random.randrange(4):
            case 0:
                carried = self.pick("", "version", "version, job")
                many = self.pick(self.vector_of("requests_total"), "rate(requests_total[5m])")
                matching = "on (job, instance) group_left"
                return f"{many} {operator} {matching} ({carried}) build_info"
            case 1:
                matching = self.pick("on (floor)", "ignoring (room)")
                left, right = self.vector_of("humidity"), self.vector_of("temperature")
                return f"{left} {operator} {matching} group_right () {right}"
            case 2:
                total = f"sum by (instance) ({self.vector_of('requests_total')})"
                return f"requests_total {operator} on (instance) group_left () {total}"
            case _:
                # Many to many.
                side = self.pick("group_left", "group_right")
                return f"requests_total {operator} on (job) {side} () errors_total"

    def set_operation(self, depth=2):
        operator = self.pick("and", "or", "unless")
        matching = self.pick(
            "", "", "on (floor)", "on (instance)", "ignoring (method, status)", "on ()"
        )
        left, right = self.vector(depth - 1), self.vector(depth - 1)
        pair = ("temperature > 20", "humidity < 0.5")
        left, right = self.pick((left, right), pair, ("requests_total", "errors_total > 0"))
        return f"({left}) {operator} {matching} ({right})"

    def vector(self, depth=2):
        if depth <= 0:
            return self.any_of(self.plain, self.rate, self.over_time)
        return self.any_of(
            self.plain,
            self.rate,
            self.over_time,
            lambda: self.function(depth),
            lambda: self.aggregation(depth),
            lambda: self.subquery(depth),
            lambda: self.with_scalar(depth),
            lambda: self.one_to_one(depth),
            self.many_to_one,
            lambda: self.set_operation(depth),
        )

    # Families: each a kind of test.

    def selection(self):
        if self.chance(0.2):
            return self.range_of(self.pick(*GAUGES, *COUNTERS))  # Of a range: an error.
        if self.chance(0.2):
            return self.several_metrics() + self.moved()
        return self.plain()

    def matching(self):
        return self.any_of(self.one_to_one, self.many_to_one, self.set_operation, self.with_scalar)

    def functions(self):
        return self.any_of(self.rate, self.over_time, self.function)

    def aggregations(self):
        return self.aggregation(3)

    def subqueries(self):
        return self.subquery(2)

    def nested(self):
        return self.vector(4)

    def scalars(self):
        return self.any_of(lambda: self.scalar(2), lambda: f"({self.scalar()}) + ({self.scalar()})")

    def specials(self):
        """NaN, infinities, zeros of both signs, the ends of the doubles."""
        vector = "special" + self.pick("", "", '{kind="nan"}', '{kind!="edges"}', '{kind=~"inf.*"}')
        window = f"{vector}[{self.pick('1m', '5m')}]"
        names = ("min", "max", "count", "last", "present", "sum", "avg")
        match self.random.randrange(7):
            case 0:
                return f"{self.pick('abs', 'sgn', 'ceil', 'floor', 'sqrt', 'ln', 'exp')}({vector})"
            case 1:
                return f"{vector} {self.pick(*ARITHMETIC, *COMPARISONS)} {self.pick(*NUMBERS)}"
            case 2:
                operator = self.pick(*ARITHMETIC, *COMPARISONS, *(f"{c} bool" for c in COMPARISONS))
                return f"{self.pick(*NUMBERS)} {operator} {vector}"
            case 3:
                return f"{self.pick('sum', 'min', 'max', 'avg', 'count', 'group')}({vector})"
            case 4:
                return f"{self.pick(*names)}_over_time({window})"
            case 5:
                return f"{self.pick('changes', 'resets', 'idelta')}({window})"
            case _:
                return f"quantile_over_time({self.pick('0', '0.5', '1')}, {window})"

    def classic_histograms(self):
        phi = self.pick(
            "0", "0.5", "0.9", "0.99", "1", "-1", "2", "NaN", "scalar(humidity{floor='1'})"
        )
        buckets = self.selector("latency_seconds_bucket") + f"[{self.pick('1m', '5m', '20m')}]"
        rates = self.pick(
            f"rate({buckets}{self.moved()})",
            f"sum by (le) (rate({buckets}))",
            f"sum by (le, handler) (increase({buckets}))",
            f"sum by (handler) (rate({buckets}))",
            "latency_seconds_bucket",
        )
        return f"histogram_quantile({phi}, {rates})"

    def native_histograms(self):
        """Counts and sums: how buckets are told and interpolated has changed."""
        of = self.pick("histogram_count", "histogram_sum")
        metric = self.pick(*NATIVES)
        window = f"{self.selector(metric)}[{self.pick('2m', '5m', '20m')}]{self.moved()}"
        inner = self.pick(
            self.vector_of(metric),
            f"rate({window})",
            f"increase({window})",
            f"sum(rate({window}))",
            f"sum by (handler) ({self.vector_of(metric)})",
            f"sum without (handler) (increase({window}))",
        )
        return f"{of}({inner})"

    def errors(self):
        """What is none: both refuse it."""
        metric, other = self.pick(*GAUGES), self.pick(*COUNTERS)
        return self.pick(
            f"rate({metric})",
            f"sum({other}[5m])",
            f"{metric} + {other}[5m]",
            f"abs({self.several_metrics()})",
            "rate({__name__=~'.*_total'}[5m])",
            f"{metric} == bool",
            f"sum by ({metric}",
            f"1 and {metric}",
            "1 == 2",
            f"{metric} offset 5m offset 5m",
            f"{{job=~'{self.pick('.*', '')}'}}",
            f"{metric}{{job=~'('}}",
            f"topk({metric}, {other})",
            f"{metric}[5m:1m]",
            f"label_replace({metric}, 'floor', 'x', 'floor', '.*') + ",
            f"label_replace({metric}, 'floor', '$1', 'room', '(')",
            "requests_total + on (job) errors_total",
            f"no_such_function({metric})",
            f"histogram_quantile({metric}, {other})",
            f"{metric} and on (a) group_left () {other}",
            f"{metric}[5m",
            '"text" + 1',
            f"{other}[5m] @ start",
        )


FAMILIES = (
    "selection",
    "functions",
    "aggregations",
    "matching",
    "subqueries",
    "nested",
    "scalars",
    "specials",
    "classic_histograms",
    "native_histograms",
    "errors",
)
