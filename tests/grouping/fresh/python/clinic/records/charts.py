"""Charts of patients. A merged patient's chart has moved to the other one."""

import asyncio
import functools
import logging

log = logging.getLogger(__name__)

CHARTS = {7: ["2029-11-02 echocardiogram"], 9: []}
LOCK_SECONDS_MAX = 0.02


class UnknownPatient(Exception):
    pass


def traced(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        log.debug("%s %s", function.__name__, args)
        return function(*args, **kwargs)

    return wrapper


@traced
def chart(patient):
    try:
        return CHARTS[patient]
    except KeyError as missing:
        raise UnknownPatient(f"no chart for patient {patient}") from missing


def letter(patient):
    return "\n".join(["Dear colleague,", *chart(patient)])


def export(patients):
    return {patient: chart(patient) for patient in patients}


@traced
def summary(patient):
    latest = chart(patient)[-1]
    return latest.split(maxsplit=1)[1]


async def edit(patient):
    return await _with_lock(patient, lambda: CHARTS[patient].append("edited"))


async def merge(patient, into):
    return await _with_lock(into, lambda: CHARTS[into].extend(CHARTS.pop(patient)))


async def _with_lock(patient, change):
    """The lock service is asked for the chart; a ward that forgets to release it holds us up."""
    released = asyncio.get_running_loop().create_future()
    await asyncio.wait_for(released, LOCK_SECONDS_MAX)
    return change()


def archive(patient, year):
    try:
        with open(f"/var/lib/clinic/archive/{year}/{patient}.xml", encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        kind = type(error).__name__
        log.error("could not read archive: %s", error, extra={"error_type": kind})
        return None
