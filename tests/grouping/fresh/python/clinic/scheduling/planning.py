"""What runs over the whole schedule: audits, and times in the zone of a site."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from zoneinfo import ZoneInfo

log = logging.getLogger(__name__)


def audit(slots, clinicians):
    with ThreadPoolExecutor(max_workers=2) as pool:
        calendars = [pool.submit(slots.calendar_of, clinician) for clinician in clinicians]
    return [calendar.result() for calendar in calendars]


def local_time(start, zone):
    return datetime.fromisoformat(start).astimezone(ZoneInfo(zone)).isoformat()


def report_overlaps(slots):
    seen = {}
    for slot in slots:
        other = seen.setdefault((slot["room"], slot["start"]), slot)
        if other is not slot:
            log.error(
                "double booking: room=%s start=%s patients=%s,%s",
                slot["room"],
                slot["start"],
                other["patient"],
                slot["patient"],
            )
