"""One object for each partner that claims talk to."""

from clinic.core import http


class _Partner:
    def __init__(self, name, timeout=2.0):
        self._name = name
        self._timeout = timeout

    def _post(self, path, payload):
        return http.post(self._name, path, payload, self._timeout)


class Payer(_Partner):
    def send(self, document):
        return self._post("/claims", document)


class Eligibility(_Partner):
    def covered(self, member, plan):
        return self._post(f"/members/{member}/cover", {"plan": plan})


class PreAuthorisation(_Partner):
    def request(self, procedure):
        return self._post("/requests", {"procedure": procedure})


NORTHPAY = Payer("northpay")
ELIGIBILITY = Eligibility("eligibility")
PREAUTH = PreAuthorisation("preauth", timeout=0.03)
