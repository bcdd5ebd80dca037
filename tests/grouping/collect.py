#!/usr/bin/env python3
"""Builds and runs the programs of this folder, and prints their labelled exceptions as JSON lines.

    collect.py                  the events, one a line, to stdout
    collect.py --summary        how many events and labels there are, by language, kind and set
    collect.py --sample 40      some events in full, to read and judge

`--language` (repeatable) keeps to some languages. A language whose tools are absent is said on
stderr and left out. Everything is built in a temporary folder, whose name is replaced in stacks by
the one where such a service would be installed; the repository is not written to.
"""

import argparse
import collections
import hashlib
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

HERE = pathlib.Path(__file__).parent
VERSIONS = ("v1", "v2")
KINDS = {
    "paths",
    "throw-site",
    "chain",
    "message",
    "generated",
    "recursion",
    "plain",
    "no-stack",
    "version",
}
SECONDS_MAX = 120
# Where cargo keeps the sources of libraries, whoever builds: the same text on every machine.
REGISTRY = "/build/.cargo/registry/src/index"

# Chosen once for halves of the shops of equal size in each language, and used for the fresh world
# as it was, before anybody looked at either half; a new label moves no other.
SALT = "787"


@dataclass(frozen=True)
class World:
    """Programs of one kind of business, one for each language, and how they are installed."""

    name: str
    folder: pathlib.Path
    installed: str
    crate: str
    halves: tuple[str, str]


WORLDS = (
    World("shops", HERE, "/srv/app", "shop", ("tune", "held-out")),
    World("fresh", HERE / "fresh", "/opt/services", "fleet", ("second-tune", "blind")),
)

# What writes the events of a language, the same in every world.
TELEMETRY = {
    "python": "telemetry.py",
    "node": "telemetry.js",
    "java": "Telemetry.java",
    "rust": "src/telemetry.rs",
}


def set_of(world, label):
    """The half of its world that a label is in: the first may be looked at while making rules."""
    digest = hashlib.sha256(f"{SALT}/{label}".encode()).digest()
    return world.halves[digest[0] & 1]


def run(command, folder, **environment):
    """Runs a program to its end; its output, or what it said when it failed."""
    env = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1", **environment}
    done = subprocess.run(
        command,
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS_MAX,
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stderr}"
        )
    return done.stdout


def overlay(world, language, version, target, vendor):
    """The program as it is installed: its sources, those the version changed, and its libraries."""
    program = world.folder / language
    for source in [program] + ([program / "v2"] if version == "v2" else []):
        ignored = shutil.ignore_patterns("vendor", "v2", "__pycache__")
        shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)
        if (source / "vendor").is_dir():
            shutil.copytree(source / "vendor", target / vendor, dirs_exist_ok=True)
    shutil.copy(HERE / language / TELEMETRY[language], target / TELEMETRY[language])


def python_program(world, version, folder):
    packages = f".venv/lib/python3.{sys.version_info.minor}/site-packages"
    overlay(world, "python", version, folder, packages)
    return run(
        [sys.executable, "-B", "run.py", version], folder, PYTHONPATH=packages, PYTHONHASHSEED="0"
    )


def node_program(world, version, folder):
    overlay(world, "node", version, folder, "node_modules")
    return run(["node", "run.js", version], folder)


def java_program(world, version, folder):
    overlay(world, "java", version, folder, ".")
    sources = sorted(map(str, folder.rglob("*.java")))
    run(["javac", "-g", "-nowarn", "-Xlint:none", "-d", "classes", *sources], folder)
    return run(["java", "-ea", "-Xint", "-Xss512k", "-cp", "classes", "Run", version], folder)


def rust_program(world, version, folder):
    overlay(world, "rust", version, folder, "vendor")
    # Paths as cargo leaves them: absolute for the registry, relative for the program itself.
    remap = [
        f"--remap-path-prefix={folder}=/build",
        f"--remap-path-prefix={folder}/vendor={REGISTRY}",
    ]
    # A newer compiler knows newer warnings.
    rustc = ["rustc", "-g", "--edition", "2021", "--cap-lints", "allow", *remap]
    newest = {crate.name.split("-")[0]: crate for crate in sorted((folder / "vendor").iterdir())}
    for name, crate in newest.items():
        run(
            [*rustc, "--crate-type", "rlib", "--crate-name", name, crate / "src" / "lib.rs"], folder
        )
    libraries = [f"--extern={name}=lib{name}.rlib" for name in newest]
    run([*rustc, *libraries, "--crate-name", world.crate, "src/main.rs", "-o", "service"], folder)
    return run(["./service", version], folder, RUST_BACKTRACE="1")


PROGRAMS = {
    "python": (python_program, []),
    "node": (node_program, ["node"]),
    "java": (java_program, ["javac", "java"]),
    "rust": (rust_program, ["rustc"]),
}


def collect(language, root):
    """All events of a language, every world and version; what is wrong with them is an error."""
    program, _ = PROGRAMS[language]
    events = []
    for world, version in itertools.product(WORLDS, VERSIONS):
        folder = root / world.name / language / version
        folder.mkdir(parents=True)
        output = program(world, version, folder).replace(str(folder), world.installed)
        for line in output.splitlines():
            event = json.loads(line)
            events.append({**event, "set": set_of(world, event["label"])})
    return checked(events)


def checked(events):
    """A label names one bug of one service, and each of its events differs from the others:
    one that a runtime of another version makes the same as another is said and left out.
    """
    kept = []
    services = {}
    seen = set()
    for event in events:
        known = services.setdefault(event["label"], event["service"])
        if known != event["service"]:
            raise RuntimeError(f"{event['label']} is a label of {known} and of {event['service']}")
        if event["kind"] not in KINDS:
            raise RuntimeError(f"{event['label']} has the unknown kind {event['kind']}")
        if (event["kind"] == "no-stack") != (event["stacktrace"] == ""):
            raise RuntimeError(f"{event['label']}: only events of kind no-stack lack a stack")
        # A thread of Rust has another number each time.
        text = re.sub(r"\(\d+\) panicked", "", event["message"] + event["stacktrace"])
        if (event["label"], text) in seen:
            print(f"note: {event['language']} {event['label']}: two are the same", file=sys.stderr)
            continue
        seen.add((event["label"], text))
        kept.append(event)
    return kept


def present(languages):
    for language in languages:
        missing = [tool for tool in PROGRAMS[language][1] if shutil.which(tool) is None]
        if language == "python" and sys.version_info < (3, 11):
            missing.append("Python 3.11, for exception groups,")
        if missing:
            print(f"note: {language} is left out, {' and '.join(missing)} absent", file=sys.stderr)
        else:
            yield language


def count(events, key):
    groups = collections.defaultdict(list)
    for event in events:
        groups[key(event)].append((event["language"], event["label"]))
    return [(name, len(members), len(set(members))) for name, members in sorted(groups.items())]


def summarise(events):
    print(f"{'':24}{'events':>8}{'labels':>8}")
    sections = [
        ("language", lambda event: event["language"]),
        ("kind", lambda event: event["kind"]),
        ("set", lambda event: event["set"]),
        ("language and set", lambda event: f"{event['language']} {event['set']}"),
        ("language and kind", lambda event: f"{event['language']} {event['kind']}"),
    ]
    for title, key in sections:
        print(title)
        for name, total, labels in count(events, key):
            print(f"  {name:22}{total:>8}{labels:>8}")
    total, labels = len(events), len({(event["language"], event["label"]) for event in events})
    print(f"{'all':24}{total:>8}{labels:>8}")


def show_sample(events, size):
    """Events spread over the whole stream, each in full but for the middle of long stacks."""
    ranked = sorted(events, key=lambda event: hashlib.sha256(json.dumps(event).encode()).digest())
    for event in ranked[:size]:
        lines = event["stacktrace"].splitlines()
        if len(lines) > 40:
            lines = lines[:20] + [f"    [{len(lines) - 40} lines left out]"] + lines[-20:]
        print(f"=== {event['language']} {event['service']} {event['label']} ({event['kind']})")
        print(f"{event['type']}: {event['message']}\n" + "\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--summary", action="store_true")
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("--language", action="append", choices=PROGRAMS)
    options = parser.parse_args()
    languages = list(present(options.language or PROGRAMS))
    with tempfile.TemporaryDirectory(prefix="plimsoll-grouping-") as root, ThreadPoolExecutor(
        2
    ) as pool:
        parts = list(
            pool.map(lambda language: collect(language, pathlib.Path(root).resolve()), languages)
        )
    events = [event for part in parts for event in part]
    if options.summary:
        summarise(events)
    elif options.sample:
        show_sample(events, options.sample)
    else:
        sys.stdout.writelines(json.dumps(event, ensure_ascii=False) + "\n" for event in events)


if __name__ == "__main__":
    main()
