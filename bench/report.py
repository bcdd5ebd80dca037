"""Results as Markdown, and their place in a page."""

# Places in the page: the words in their markers.
BENCH, METRICS = "bench", "bench-metrics"
ERRORS, STORM = "bench-errors", "bench-storm"

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


def errors(results):
    """The report of bench/errors.py."""
    plan, systems = results["plan"], results["systems"]
    sent = "gzip" if plan["compress"] else "uncompressed"
    said = (
        f"{machine(results['machine'])} Occurrences of {results['bytes_mean']:,.0f} bytes, of "
        f"which {results['varying_bytes_mean']:,.0f} have a value of their own, of "
        f"{plan['issues']} issues, {sent}, over {plan['connections']} connections; medians of "
        f"{plan['runs']} runs. The program has {plan['memory']} of memory. Against a server that "
        f"does nothing the senders reach {results['senders']['per_second']:,.0f} occurrences/s."
    )
    parts = [said, errors_in(systems), *errors_ratios(systems), errors_commands(systems)]
    return "\n\n".join(parts)


def errors_in(found):
    names = [
        *("system", "sent", "occurrences/s", "occurrences/CPU-s", "acknowledged/s", "peak memory"),
        *("bytes/occurrence", "kept in full", "CPU-s of the senders", "load average"),
    ]
    rows = [
        [
            f"{name} {one['runs'][0]['version']}",
            f"{one['median']['count']:,.0f}",
            f"**{one['median']['occurrences_per_second']:,.0f}**",
            f"**{one['median']['occurrences_per_cpu_second']:,.0f}**",
            f"{one['median']['acknowledged_per_second']:,.0f}",
            mebibytes(one["median"]["peak_memory_bytes"]),
            f"{one['median']['disk_bytes_per_occurrence']:,.0f}",
            f"{one['runs'][-1]['facts']['kept_in_full']:,}",
            f"{one['runs'][-1]['sent']['sender_cpu_seconds']:.1f}",
            f"{one['median']['load_average']:.1f}",
        ]
        for name, one in found.items()
    ]
    return table("Errors in, found when asked", names, rows)


def errors_ratios(found):
    """Each system against the last, where there are several."""
    *others, last = found
    measured = ("occurrences_per_second", "occurrences_per_cpu_second")
    for name in others:
        by_clock, by_cpu = (
            found[name]["median"][what] / found[last]["median"][what] for what in measured
        )
        times = f"{by_clock:,.1f} times by the clock, {by_cpu:,.1f} by CPU time"
        yield f"{name} beside {last}: {times}."


def errors_commands(found):
    lines = [
        " ".join(command) for one in found.values() for command in one["runs"][0]["command_lines"]
    ]
    return "\n".join(["```", *lines, "```"])


def storms(results):
    """The report of bench/errors.py --storm."""
    plan = results["plan"]
    names = [
        *("storm", "acknowledged", "in", "occurrences/s", "occurrences/CPU-s", "refused"),
        *("p99", "counted by the API", "by SQL", "in flight", "kept in full"),
        *("peak memory", "disk"),
    ]
    rows = [
        [
            f"{one['bytes_mean']:,.0f} bytes" + (", killed in the middle" if one["killed"] else ""),
            f"{one['sent']['acknowledged']:,}",
            f"{one['sent']['seconds']:,.0f} s",
            f"**{one['sent']['per_second']:,.0f}**",
            f"{one['occurrences_per_cpu_second']:,.0f}",
            f"{one['sent']['refused']:,}",
            milliseconds(one["sent"]["latency_ms"]["p99"]),
            f"{one['facts']['listed']:,}",
            f"{one['facts']['counted_sql']:,}",
            f"{one['sent']['unsure']:,}",
            f"{one['facts']['kept_in_full']:,}",
            mebibytes(one["peak_memory_bytes"]),
            mebibytes(one["disk_bytes"]),
        ]
        for one in results["storms"]
    ]
    said = (
        f"{machine(results['machine'])} Occurrences of {plan['storm_issues']} issues over "
        f"{plan['connections']} connections; the program has {plan['memory']} of memory."
    )
    return "\n\n".join([said, table("A storm of errors", names, rows)])


def mebibytes(count):
    return f"{count / MIB:,.0f} MiB"


def milliseconds(value):
    return f"{value:,.1f} ms"
