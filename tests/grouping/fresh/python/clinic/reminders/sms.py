"""Short messages. The gateway wants numbers in E.164."""

import asyncio
import re

from clinic.core import http

PREFIX = "+47"


def send(phone, text="You have an appointment tomorrow."):
    number = normalise(phone)
    return http.post("sms", "/messages", {"to": number, "text": text})


def normalise(phone):
    digits = re.sub(r"[\s()-]", "", phone)
    return digits if digits.startswith("+") else PREFIX + digits


async def nightly(appointments):
    async with asyncio.TaskGroup() as group:
        for each in appointments:
            group.create_task(asyncio.to_thread(send, each["phone"]))
