"""How a dossier comes to DIDWW: identity, address, encrypted proofs, and the request to verify.

DIDWW has no idempotency key, so everything bears a reference of ours and is looked up by it before
it is made. A file that was uploaded and never became part of a proof expires there by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import structlog
from didww.client import DidwwClient
from didww.enums import AddressVerificationStatus, CallbackMethod, IdentityType
from didww.exceptions import DidwwApiError
from didww.query_params import QueryParams
from didww.resources.address import Address
from didww.resources.address_requirement_validation import AddressRequirementValidation
from didww.resources.address_verification import AddressVerification
from didww.resources.did import Did
from didww.resources.encrypted_file import EncryptedFile
from didww.resources.identity import Identity
from didww.resources.proof import Proof

from nummer.apps.leases.ports import Paper, Registered, Stand

UNPROCESSABLE: Final = 422
COMPANY: Final = "company_name"  # whoever declares it is no person
IDENTITY_FIELDS: Final = {  # ours, theirs
    "first_name": "first_name",
    "last_name": "last_name",
    "birth_date": "birth_date",
    "company_name": "company_name",
    "company_number": "company_reg_number",
}
ADDRESS_FIELDS: Final = {"street": "address", "postcode": "postal_code", "city": "city_name"}
SAID_MAX: Final = 1_000
_STANDS: Final = {
    AddressVerificationStatus.PENDING: Stand.PENDING,
    AddressVerificationStatus.APPROVED: Stand.ACCEPTED,
    AddressVerificationStatus.REJECTED: Stand.REFUSED,
}

log = structlog.get_logger(__name__)


class Registering:
    """What we say about who holds a number; errors are the caller's to read."""

    def __init__(
        self, client: DidwwClient, *, callback_url: str, upload: Callable[[bytes], str]
    ) -> None:
        self._client = client
        self._callback_url = callback_url
        self._upload = upload

    def stand(self, reference: str, bought: Sequence[Did]) -> Registered:
        """Return how far the registration of what was bought under a reference is."""
        task = self._found(self._client.address_verifications(), reference)
        if task is not None:
            return Registered(_STANDS[AddressVerificationStatus(task.status)], _said(task))
        if any(did.awaiting_registration for did in bought):
            return Registered(Stand.WANTED)
        return Registered(Stand.NOT_WANTED)

    def register(
        self, reference: str, did: Did, *, fields: Mapping[str, str], papers: Sequence[Paper]
    ) -> Registered:
        """Hand in who holds a number; what is there already is not made again."""
        try:
            return self._register(reference, did, fields, papers)
        except DidwwApiError as refused:
            if refused.status_code != UNPROCESSABLE:
                raise
            log.warning("the supplier asks for other papers than our rule")
            return Registered(Stand.UNFIT)

    def order_of(self, task: str) -> str:
        """Return the reference of ours that a request to verify bears, '' where none."""
        listed = self._client.address_verifications().list(QueryParams().filter("id", task)).data
        return str(listed[0].external_reference_id or "") if listed else ""

    def _register(
        self, reference: str, did: Did, fields: Mapping[str, str], papers: Sequence[Paper]
    ) -> Registered:
        requirement = self._requirement(did)
        country = self._country(fields.get("country", ""))
        if requirement is None or country is None:
            log.error("a dossier has no country, or its number no requirement")
            return Registered(Stand.UNFIT)
        business = COMPANY in fields
        identity = self._identity(reference, fields, country, business=business)
        address = self._address(reference, fields, country, identity)
        who = requirement.business_proof_types if business else requirement.personal_proof_types
        wanted = {
            "company" if business else "identity": (identity, who),
            "address": (address, requirement.address_proof_types),
        }
        for paper in papers:
            entity, types = wanted.get(paper.kind, (None, ()))
            if entity is not None and types:  # what DIDWW does not ask for does not go there
                self._proof(f"{reference}-{paper.kind}", entity, types[0], paper)
        check = AddressRequirementValidation()
        check.address_requirement, check.identity, check.address = requirement, identity, address
        self._client.address_requirement_validations().create(check)
        self._submit(reference, address, did)
        return Registered(Stand.PENDING)

    def _requirement(self, did: Did) -> Any:
        """Return what DIDWW asks of whoever holds a number; None: nothing that it would tell."""
        params = QueryParams().include("did_group")
        group = self._client.dids().find(did.id, params).data.did_group
        kinds = ("personal_proof_types", "business_proof_types", "address_proof_types")
        params = QueryParams().include(
            "address_requirement", *(f"address_requirement.{kind}" for kind in kinds)
        )
        return self._client.did_groups().find(group.id, params).data.address_requirement

    def _country(self, word: str) -> Any:
        """Return a country by its ISO code."""
        if not word:
            return None
        params = QueryParams().filter("iso", word.upper())
        listed = self._client.countries().list(params).data
        return next((each for each in listed if str(each.iso).upper() == word.upper()), None)

    def _identity(
        self, reference: str, fields: Mapping[str, str], country: Any, *, business: bool
    ) -> Any:
        found = self._found(self._client.identities(), reference)
        if found is not None:
            return found
        wish = Identity()
        wish.identity_type = IdentityType.BUSINESS if business else IdentityType.PERSONAL
        _fill(wish, fields, IDENTITY_FIELDS)
        wish.external_reference_id, wish.country = reference, country
        return self._client.identities().create(wish).data

    def _address(
        self, reference: str, fields: Mapping[str, str], country: Any, identity: Any
    ) -> Any:
        found = self._found(self._client.addresses(), reference)
        if found is not None:
            return found
        wish = Address()
        _fill(wish, fields, ADDRESS_FIELDS)
        wish.external_reference_id, wish.country, wish.identity = reference, country, identity
        return self._client.addresses().create(wish).data

    def _proof(self, reference: str, entity: Any, proof_type: Any, paper: Paper) -> None:
        if self._found(self._client.proofs(), reference) is not None:
            return
        wish = Proof()
        wish.external_reference_id = reference
        wish.entity, wish.proof_type = entity, proof_type
        wish.files = [EncryptedFile.build(self._upload(paper.octets))]
        self._client.proofs().create(wish)

    def _submit(self, reference: str, address: Any, did: Did) -> None:
        wish = AddressVerification()
        wish.external_reference_id = reference
        wish.callback_url, wish.callback_method = self._callback_url, CallbackMethod.POST
        wish.address, wish.dids = address, [did]
        self._client.address_verifications().create(wish)

    @staticmethod
    def _found(repository: Any, reference: str) -> Any:
        """Return what bears a reference of ours, the same at every call; None: nothing does."""
        params = QueryParams().filter("external_reference_id", reference)
        listed = [
            each for each in repository.list(params).data if each.external_reference_id == reference
        ]
        return min(listed, key=lambda each: str(each.id), default=None)


def _fill(wish: Any, fields: Mapping[str, str], names: Mapping[str, str]) -> None:
    for ours, theirs in names.items():
        if fields.get(ours):
            setattr(wish, theirs, fields[ours])


def _said(task: Any) -> str:
    """Return in their own words why a dossier was rejected."""
    reasons = [str(reason) for reason in task.reject_reasons or ()]
    return " ".join([*reasons, str(task.reject_comment or "")]).strip()[:SAID_MAX]
