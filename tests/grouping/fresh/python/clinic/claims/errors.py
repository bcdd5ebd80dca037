"""Errors of billing, each with the code that the back office files it under."""


class BillingError(Exception):
    code = "B000"

    def __init__(self, text, **details):
        self.details = details
        suffix = " ".join(f"{name}={value}" for name, value in details.items())
        super().__init__(f"[{self.code}] {text}" + (f" ({suffix})" if suffix else ""))


class SubmissionFailed(BillingError):
    code = "B100"


class EligibilityFailed(BillingError):
    code = "B200"


class IllegalTransition(BillingError):
    code = "B300"
