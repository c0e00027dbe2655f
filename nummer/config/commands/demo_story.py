"""The story that `nummer demo` tells, and the program it plays."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any, Final

import click
import httpx
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from nummer.apps.catalogue.files import Sample, listed_services
from nummer.config.commands import sandbox_carrier, sandbox_clock
from nummer.config.commands.refused import SandboxError
from nummer.config.commands.sandbox_customers import Newcomer, make_customer
from nummer.config.env import environment
from nummer.kernel.ids import new_id

SERVICE: Final = "tg"
COUNTRY: Final = "NO"
COUNTRY_ID: Final = "174"  # as programs of the sms-activate family number it
BALANCE: Final = "20.00"
ANSWER_WAIT_S: Final = 30.0
CODE_WAIT_S: Final = 30.0
PAST_THE_WINDOW: Final = "21m"


class StepFailedError(Exception):
    """A step did not end as it should; the text says what came instead."""


def tell(*, language: str, with_clock: bool) -> None:
    """Go through every step. Raises SandboxError, which names the step that failed."""
    address = f"http://127.0.0.1:{environment().port}"
    with (
        translation.override(language),
        httpx.Client(base_url=address, timeout=ANSWER_WAIT_S) as link,
    ):
        story = _Story(link, language=language)
        try:
            story.tell(with_clock=with_clock)
        except httpx.HTTPError:
            raise SandboxError(
                _(
                    "Nummer does not answer at %(address)s. Start it with “make run”; "
                    "if it runs with a NUMMER_PORT of its own, set that here too."
                )
                % {"address": address}
            ) from None
        except (StepFailedError, SandboxError) as failure:
            raise SandboxError(
                _("Step “%(step)s” failed: %(reason)s")
                % {"step": story.step, "reason": getattr(failure, "message", str(failure))}
            ) from None
        click.secho("\n" + _("Everything went well."), fg="green", bold=True)


class _Story:
    """One customer and the program that buys for him."""

    def __init__(self, link: httpx.Client, *, language: str) -> None:
        self._link = link
        self._language = language
        self._key = ""
        self.step = ""

    def tell(self, *, with_clock: bool) -> None:
        """Tell it from the beginning to the end."""
        self._meet()
        self._code_comes()
        self._customer_cancels()
        if with_clock:
            self._time_runs_out()
        self._show_statement()

    def _meet(self) -> None:
        self._begin(_("Is the installation ready?"))
        self._expect("200", str(self._link.get("/healthz").status_code))
        self._say(_("Yes."))
        self._begin(_("A customer signs up and tops up"))
        made = make_customer(
            Newcomer(
                email=f"demo-{new_id().hex}@example.com",
                balance=BALANCE,
                currency="EUR",
                country=COUNTRY,
                locale=self._language,
                kind="person",
            )
        )
        self._key = str(made["api_key"])
        self._say(_("He is %(email)s with the password %(password)s.") % made)
        self._say(
            _("His balance, as programs see it: %(answer)s")
            % {"answer": self._activate("getBalance")}
        )

    def _code_comes(self) -> None:
        self._begin(_("His program buys a number for one service"))
        order = self._buy()
        self._begin(_("The service sends its SMS; the carrier delivers it by SMPP"))
        sample = _sample(self._language)
        began_at = time.monotonic()
        told = sandbox_carrier.deliver(
            to=order["number"], sender=sample.sender, text=sample.text, count=1
        )
        if told["acknowledged"] != 1:
            raise StepFailedError(str(told))
        self._say("“" + sample.text.replace("\n", " ") + "”")
        self._begin(_("The program asks for the code"))
        answer = self._wait_for_code(order["id"])
        took_ms = round((time.monotonic() - began_at) * 1000)
        self._expect(f"STATUS_OK:{sample.code}", answer)
        self._say(
            _("%(answer)s, %(took)s ms after the carrier had it.")
            % {"answer": answer, "took": took_ms}
        )
        self._begin(_("He wants to cancel although the code was shown"))
        self._expect("BAD_STATUS", self._activate("setStatus", id=order["id"], status="8"))
        refused = self._api("POST", f"orders/{order['id']}/cancel", status=409)
        self._expect("RP-N2", str(refused.get("clause")))
        self._say(str(refused["detail"]))
        self._begin(_("The program finishes the order"))
        answer = self._activate("setStatus", id=order["id"], status="6")
        self._expect("ACCESS_ACTIVATION", answer)
        self._say(answer)

    def _customer_cancels(self) -> None:
        self._begin(_("He buys another number and cancels before a code came"))
        before = self._balance()
        order = self._buy()
        answer = self._activate("setStatus", id=order["id"], status="8")
        self._expect("EARLY_CANCEL_DENIED", answer)
        self._say(
            _("The old protocol makes programs wait two minutes: %(answer)s") % {"answer": answer}
        )
        self._refunded(self._api("POST", f"orders/{order['id']}/cancel"), before)

    def _time_runs_out(self) -> None:
        self._begin(_("He buys a third number, and no SMS comes until the window ends"))
        before = self._balance()
        order = self._buy()
        moved = sandbox_clock.advance_by(PAST_THE_WINDOW)
        self._say(_("The clock stands at %(now)s now.") % moved)
        self._expect("STATUS_CANCEL", self._activate("getStatus", id=order["id"]))
        self._refunded(self._api("GET", f"orders/{order['id']}"), before)

    def _show_statement(self) -> None:
        self._begin(_("His statement"))
        for line in self._api("GET", "statement")["lines"]:
            clause = line["clause"] or ""
            kind = _kind(line["kind"])
            self._say(f"{line['amount']:>10} {line['currency']}  {kind:<22} {clause}".rstrip())

    def _buy(self) -> dict[str, str]:
        query = {"service": SERVICE, "country": COUNTRY_ID, "orderId": new_id().hex}
        answer = self._activate("getNumber", **query)
        word, _sep, rest = answer.partition(":")
        self._expect("ACCESS_NUMBER", word)
        order_id, _sep, digits = rest.partition(":")
        self._say(answer)
        return {"id": order_id, "number": f"+{digits}"}

    def _refunded(self, order: dict[str, Any], before: Decimal) -> None:
        refund = order["refund"] or {}
        self._expect("RP-B4", ", ".join(refund.get("clauses", ())))
        self._expect(str(before), str(self._balance()))
        self._say(
            _("%(amount)s %(currency)s are back on the balance, by clause %(clause)s.")
            % {**refund, "clause": refund["clauses"][0]}
        )

    def _balance(self) -> Decimal:
        return Decimal(self._api("GET", "balance")["spendable"])

    def _wait_for_code(self, order_id: str) -> str:
        until = time.monotonic() + CODE_WAIT_S
        answer = self._activate("getStatus", id=order_id)
        while answer == "STATUS_WAIT_CODE" and time.monotonic() < until:
            time.sleep(0.05)
            answer = self._activate("getStatus", id=order_id)
        return answer

    def _activate(self, action: str, **parameters: str) -> str:
        query = {"api_key": self._key, "action": action, **parameters}
        return self._link.get("/stubs/handler_api.php", params=query).text

    def _api(self, method: str, path: str, *, status: int = 200) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._key}", "Accept-Language": self._language}
        answer = self._link.request(method, f"/api/v1/{path}", headers=headers)
        if answer.status_code != status:
            raise StepFailedError(answer.text)
        content: dict[str, Any] = answer.json()
        return content

    def _begin(self, step: str) -> None:
        self.step = step
        click.secho(f"\n{step}", bold=True)

    def _say(self, words: str) -> None:
        click.echo(f"  {words}")

    def _expect(self, wanted: str, came: str) -> None:
        if came != wanted:
            raise StepFailedError(
                _("%(wanted)s was expected, %(came)s came.") % {"wanted": wanted, "came": came}
            )


def _kind(kind: str) -> str:
    """Return a kind of transfer, as our own API names it, in the reader's words."""
    names = {
        "topup": _("Top-up"),
        "order": pgettext("statement", "Order"),
        "refund": _("Refund to the balance"),
    }
    return names.get(kind, kind)


def _sample(language: str) -> Sample:
    """Return what the service would write, in the customer's language where we have it."""
    samples = next(each.samples for each in listed_services() if each.code == SERVICE)
    return next((each for each in samples if each.language == language), samples[0])
