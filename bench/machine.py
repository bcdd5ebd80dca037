"""What was measured and where: figures mean nothing without it."""

import os
import platform
import statistics
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import program  # In tests/e2e, on the path since `process` was imported.

SYNCS = 100


def describe(folder):
    """The machine, the program and the date."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "build": build(),
        "cores": len(os.sched_getaffinity(0)),
        "cpu": field("/proc/cpuinfo", "model name"),
        "memory_gib": round(int(field("/proc/meminfo", "MemTotal").split()[0]) / 2**20, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "disk": disk(folder),
        "load_before": os.getloadavg()[0],
    }


def field(path, name):
    """The first value of a name in a file of `name: value` lines."""
    for line in Path(path).read_text().splitlines():
        found, _, value = line.partition(":")
        if found.strip() == name:
            return value.strip()
    return "unknown"


def build():
    """The program's version, its size, and the commit of the working tree."""
    path = Path(os.environ["PLIMSOLL_BIN"])
    if not path.is_file():
        return "(not built)"  # Other systems can be measured without it.
    version = program.run("--version").stdout.split()[-1]
    return f"{version}, commit {commit()}, {path.stat().st_size / 2**20:.0f} MiB"


def commit():
    """Of the working tree, with a note where files were changed since."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
    done = subprocess.run(command, cwd=program.ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def disk(folder):
    """The file system of a folder, and how long a small sync takes there."""
    device, kind = mount_of(Path(folder).resolve())
    took = f"{sync_ms(folder):.2f} ms"
    return f"{kind} on {Path(device).name}, where 4 KiB appended and synced take {took}"


def mount_of(folder):
    """Device and file system of the mount that holds a folder."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    holding = [mount for mount in mounts if folder.is_relative_to(mount[1])]
    device, _, kind, *_ = max(holding, key=lambda mount: len(mount[1]))
    return device, kind


def sync_ms(folder):
    """Median time to append a block durably."""
    times = []
    with open(Path(folder) / "sync", "wb", buffering=0) as file:
        for _ in range(SYNCS):
            begin = time.perf_counter()
            file.write(b"\x5a" * 4096)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - begin) * 1000)
    os.unlink(file.name)
    return statistics.median(times)
