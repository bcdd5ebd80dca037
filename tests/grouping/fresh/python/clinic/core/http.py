"""HTTP to partners. What fails on the wire leaves as a PartnerError with its cause."""

import json
import urllib.error
import urllib.request

ADDRESSES = {"northpay": "127.0.0.1:1", "eligibility": "127.0.0.1:2"}


class PartnerError(Exception):
    def __init__(self, partner, detail):
        super().__init__(f"{partner}: {detail}")
        self.partner = partner


def post(partner, path, payload, timeout=2.0):
    body = json.dumps(payload).encode()
    request = urllib.request.Request(f"http://{ADDRESSES[partner]}{path}", data=body)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        raise PartnerError(partner, f"answered {error.code} {error.reason}") from error
    except OSError as error:
        raise PartnerError(partner, f"unreachable ({error})") from error
