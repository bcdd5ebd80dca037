"""Results as Markdown, and their place in a page."""

# Places in the page: the words in their markers.
BENCH, METRICS = "bench", "bench-metrics"

MIB = 1 << 20

# What the project wants to reach, beside what was measured.
TARGETS = {
    "ingest": "≥ 200,000, aim at 300,000",
    "disk": "≤ 60, aim at 45",
    "trace by id": "< 10 ms with 10 M spans",
    "search, one hit": "< 100 ms with 10 M spans",
    "search, many hits": "< 100 ms with 10 M spans",
    "idle": "< 60 MiB",
    "empty": "< 300 ms",
    "filled": "< 3 s with 10 GiB",
}


def markdown(results):
    """The whole report."""
    parts = [
        machine(results["machine"]),
        ingest(results["ingest"]),
        disk(results["ingest"]),
        search(results["search"]),
        start(results["start"]),
    ]
    return "\n\n".join(parts)


def insert(page, block, place=BENCH):
    """The page with the block between the markers of a place."""
    first, last = f"<!-- {place}:begin -->", f"<!-- {place}:end -->"
    before, begin, rest = page.partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        raise ValueError(f"the page has no {first} with {last} after it")
    return f"{before}{first}\n{block}\n{last}{after}"


def table(title, names, rows):
    """A heading and a table; every column but the first is right-aligned."""
    lines = [f"### {title}", "", row(names), row(["---"] + ["---:"] * (len(names) - 1))]
    return "\n".join(lines + [row(cells) for cells in rows])


def row(cells):
    return f"| {' | '.join(cells)} |"


def machine(found):
    return (
        f"Measured {found['date']} with plimsoll {found['build']}, on {found['cores']} cores of "
        f"{found['cpu']} with {found['memory_gib']} GiB, {found['kernel']}, {found['disk']}. "
        f"Load average before: {found['load_before']:.2f}. Server and generator share the machine."
    )


def ingest(runs):
    names = [
        *("run", "spans/CPU-s", "target", "spans/s", "CPU-s while sent", "CPU-s until rest"),
        *("peak memory", "p50", "p99", "p99.9", "max", "refused"),
    ]
    rows = [
        [
            f"{run['spans']:,} spans of {run['span_bytes_mean']:.0f} bytes, {run['protocol']}",
            f"**{run['spans_per_cpu_second']:,.0f}**",
            TARGETS["ingest"],
            f"{run['spans_per_second']:,.0f}",
            f"{run['cpu_seconds_until_acknowledged']:.1f}",
            f"{run['cpu_seconds_until_rest']:.1f}",
            mebibytes(run["peak_memory_bytes"]),
            *(milliseconds(run["latency_ms"][name]) for name in ("p50", "p99", "p999", "max")),
            f"{run['refused_requests']}",
        ]
        for run in runs
    ]
    return table("Spans in", names, rows)


def disk(runs):
    names = ["run", "bytes/span", "target", "of that the spans' own files", "files", "tables"]
    rows = [
        [
            f"{run['spans']:,} spans, {run['protocol']}",
            f"**{run['disk']['bytes_per_span']:.1f}**",
            TARGETS["disk"],
            f"{run['disk']['span_files_bytes_per_span']:.1f}",
            f"{run['disk']['files']}",
            mebibytes(run["disk"]["tables_bytes"]),
        ]
        for run in runs
    ]
    return table("Bytes on disk, nothing left to merge", names, rows)


def search(found):
    names = ["question", "spans", "p50", "p99", "target", "max", "first after a start"]
    rows = [
        [
            one["question"],
            f"{one['spans']:,}",
            f"**{milliseconds(one['p50_ms'])}**",
            milliseconds(one["p99_ms"]),
            TARGETS[one["question"]],
            milliseconds(one["max_ms"]),
            milliseconds(one["first_p50_ms"]),
        ]
        for one in found
    ]
    return table("Questions", names, rows)


def start(found):
    names = ["folder", "start to ready", "target", "slowest", "starts", "idle memory", "target"]
    rows = []
    for name, one in found.items():
        memory = one.get("idle_memory_bytes")
        if "log_bytes" in one:
            name += f": {one['spans']:,} spans, {mebibytes(one['log_bytes'])}"
        rows.append(
            [
                name,
                f"**{milliseconds(one['start']['median_ms'])}**",
                TARGETS["empty" if name == "empty" else "filled"],
                milliseconds(one["start"]["max_ms"]),
                f"{one['start']['starts']}",
                mebibytes(memory) if memory else "",
                TARGETS["idle"] if memory else "",
            ]
        )
    return table("Start and idle memory", names, rows)


def metrics(results):
    """The report of bench/metrics.py."""
    plan = results["plan"]
    said = (
        f"{machine(results['machine'])} "
        f"{plan['series']:,} series, {plan['rounds']} samples of each; "
        f"medians of {plan['runs']} runs. The program has {plan['memory']} of memory."
    )
    return "\n\n".join([said, metrics_in(results["systems"]), metrics_asked(results["systems"])])


def metrics_in(found):
    names = [
        *("system", "samples/CPU-s", "with all at rest", "samples/s", "CPU-s of the sender"),
        *("peak memory", "memory at rest", "bytes/sample"),
    ]
    rows = [
        [
            f"{name} {one['version']}",
            f"**{one['write']['samples_per_cpu_second']:,.0f}**",
            f"**{one['write']['samples_per_cpu_second_at_rest']:,.0f}**",
            f"{one['write']['samples_per_second']:,.0f}",
            f"{one['write']['sender_cpu_seconds']:.1f}",
            mebibytes(one["write"]["peak_memory_bytes"]),
            mebibytes(one["write"]["memory_at_rest_bytes"]),
            f"**{one['write']['disk_bytes_per_sample']:.2f}**",
        ]
        for name, one in found.items()
    ]
    return table("Samples in, by remote write", names, rows)


def metrics_asked(found):
    questions = next(iter(found.values()))["questions"]
    rows = [
        [
            question,
            *(
                f"{milliseconds(one['questions'][question]['p50_ms'])}"
                f" ({milliseconds(one['questions'][question]['max_ms'])})"
                for one in found.values()
            ),
        ]
        for question in questions
    ]
    return table("Questions about metrics, median (slowest)", ["question", *found], rows)


def mebibytes(count):
    return f"{count / MIB:,.0f} MiB"


def milliseconds(value):
    return f"{value:,.1f} ms"
