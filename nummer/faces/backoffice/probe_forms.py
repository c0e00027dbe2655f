"""Forms of probes: which route, which number, by which rules."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nummer.apps.catalogue import sms_listing
from nummer.apps.numbers import queries as numbers
from nummer.apps.numbers.importing import NumberLine
from nummer.apps.probes.rules import (
    EVERY_MINUTES_MAX,
    EVERY_MINUTES_MIN,
    FAILURES_MAX,
    PER_DAY_MAX,
    WAIT_MINUTES_MAX,
    ProbeRules,
)
from nummer.faces.backoffice.forms import countries, typed_money
from nummer.faces.backoffice.incident_forms import carriers_of_numbers
from nummer.kernel.phone import PhoneNumber

_MINUTE: Final = timedelta(minutes=1)
_CHOOSE: Final = ("", "\N{EM DASH}")


class PlanForm(forms.Form):
    """Whose route is probed, and to which of our numbers."""

    carrier = forms.ChoiceField(label=_("Carrier whose route is probed"))
    number = forms.ChoiceField(label=_("To the number"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {code for code, _name in carriers_of_numbers()}
        codes = sorted(known | set(sms_listing.carriers_of_sms()))
        kept = [
            (row.number.e164, f"{row.number.international()} ({row.carrier})")
            for row in numbers.numbers_for_probes()
            if row.active
        ]
        for name, choices in (("carrier", [(code, code) for code in codes]), ("number", kept)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField), "declared above"
            field.choices = [_CHOOSE, *choices]


class ProbeNumberForm(forms.Form):
    """A number of ours that is kept for probes, and where it lives."""

    e164 = forms.CharField(label=_("Number, with +"), max_length=20)
    country = forms.ChoiceField(label=_("Country"), choices=countries)
    carrier = forms.ChoiceField(
        label=_("Carrier that has it"),
        help_text=_("It is never sold; SMS to it have to come to us."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["carrier"]
        assert isinstance(field, forms.ChoiceField), "declared above"
        field.choices = [_CHOOSE, *carriers_of_numbers()]

    def clean_e164(self) -> PhoneNumber:
        """Refuse what is no number."""
        try:
            return PhoneNumber.parse(self.cleaned_data["e164"])
        except ValueError:
            raise forms.ValidationError(gettext("This is not a phone number.")) from None

    def line(self) -> NumberLine:
        """Return what was typed, once it is valid."""
        said = self.cleaned_data
        return NumberLine(
            said["e164"],
            country=said["country"],
            carrier=said["carrier"],
            kind="mobile",
            sms=True,
            voice=False,
        )


class RulesForm(forms.Form):
    """The rules of all probes."""

    every = forms.IntegerField(
        label=_("Minutes from one probe to the next"),
        min_value=EVERY_MINUTES_MIN,
        max_value=EVERY_MINUTES_MAX,
    )
    wait = forms.IntegerField(
        label=_("Minutes until a probe has failed"), min_value=1, max_value=WAIT_MINUTES_MAX
    )
    failures = forms.IntegerField(
        label=_("Failures in a row until you are asked"), min_value=1, max_value=FAILURES_MAX
    )
    per_day = forms.IntegerField(
        label=_("Probes in 24 hours at most"),
        min_value=0,
        max_value=PER_DAY_MAX,
        help_text=_("0 sends none."),
    )
    cost = forms.DecimalField(
        label=_("Their cost in 24 hours at most, in euros"),
        min_value=0,
        max_digits=7,
        decimal_places=2,
    )
    declares = forms.BooleanField(
        label=_("Make an outage known at once, without asking anybody"), required=False
    )

    @classmethod
    def of(cls, rules: ProbeRules) -> RulesForm:
        """Return the form filled with rules."""
        return cls(
            initial={
                "every": rules.every // _MINUTE,
                "wait": rules.wait // _MINUTE,
                "failures": rules.failures_in_row,
                "per_day": rules.per_day_max,
                "cost": Decimal(rules.cost_per_day_max.decimal_text()),
                "declares": rules.declares,
            }
        )

    def rules(self) -> ProbeRules:
        """Return what was typed, once it is valid."""
        said = self.cleaned_data
        return ProbeRules(
            every=said["every"] * _MINUTE,
            wait=said["wait"] * _MINUTE,
            failures_in_row=said["failures"],
            per_day_max=said["per_day"],
            cost_per_day_max=typed_money(said["cost"], currency="EUR"),
            declares=said["declares"],
        )
