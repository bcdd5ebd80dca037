"""The life of a claim: priced, checked with the payer, sent, settled."""

import logging
from decimal import Decimal

from clinic.claims import partners
from clinic.claims.errors import BillingError, EligibilityFailed, SubmissionFailed
from clinic.claims.states import CLAIM
from clinic.core.http import PartnerError

logger = logging.getLogger(__name__)

REFUND_DAYS_MAX = 90


class ClaimManager:
    def submit(self, claim):
        try:
            document = self._build_document(claim)
            return partners.NORTHPAY.send(document)
        except (PartnerError, LookupError) as error:
            raise SubmissionFailed("claim not submitted", claim=claim["id"]) from error

    def check_eligibility(self, member, plan):
        try:
            return partners.ELIGIBILITY.covered(member, plan)
        except PartnerError as error:
            raise EligibilityFailed("cover unknown", member=member, plan=plan) from error

    def preauthorise(self, procedure):
        return partners.PREAUTH.request(procedure)

    def amend(self, claim):
        return CLAIM.move(claim["state"], "draft")

    def cancel(self, claim, reason=None):
        """Payers want a reason; the back office does not always know one."""
        claim = {**claim, "reason": reason or "withdrawn"}
        return CLAIM.move(claim["state"], "void")

    def copay(self, tariff, percent):
        return (Decimal(tariff) * Decimal(percent) / 100).quantize(Decimal("0.01"))

    def settle(self, claim, remittance):
        reason = remittance.get("reason")
        if reason:
            logger.error("claim %s rejected by payer: %s", claim, reason)
            return
        expected, paid = Decimal(remittance["expected"]), Decimal(remittance["paid"])
        if expected != paid:
            logger.error("remittance total mismatch expected=%s paid=%s", expected, paid)

    def refund(self, claim, amount, captured, age_days):
        if amount > captured:
            raise BillingError(f"cannot refund {amount} of {captured}", claim=claim)
        if age_days > REFUND_DAYS_MAX:
            raise BillingError(f"cannot refund after {age_days} days", claim=claim)
        return captured - amount

    def _build_document(self, claim):
        principal = claim["diagnoses"][0]
        return {"id": claim["id"], "dx": principal, "lines": len(claim.get("lines", ()))}
