"""Topping up by bank transfer: to whom, how much, and the reference to copy."""

from __future__ import annotations

from decimal import Decimal
from typing import Final
from uuid import UUID

import qrcode
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from qrcode.constants import ERROR_CORRECT_M

from nummer.apps.banking import queries
from nummer.apps.banking.queries import TransferOrder
from nummer.apps.payments import queries as payments
from nummer.apps.payments.errors import NoSuchTopUp
from nummer.faces.site.requests import account_id, customers_only

NAME_MAX: Final = 70  # EPC069-12: the beneficiary's name
QUIET: Final = 4  # modules around the picture (ISO/IEC 18004)


@never_cache
@require_safe
@customers_only
def transfer(request: HttpRequest, top_up_id: UUID) -> HttpResponse:
    """Show what to type into the bank, and whether the money has come."""
    customer = account_id(request)
    try:
        order = queries.transfer_order(customer, top_up_id=top_up_id)
    except NoSuchTopUp:
        raise Http404 from None
    if order is None:
        raise Http404
    ways = payments.methods(order.amount.currency)
    context = {
        "order": order,
        "method": next((way for way in ways if way.code == queries.METHOD), None),
        "picture": picture(order) if order.amount.currency == "EUR" else None,
        "sandbox": settings.SANDBOX,
    }
    return render(request, "site/transfer.html", context)


def picture(order: TransferOrder) -> tuple[int, str]:
    """Return the size and the path of a QR code by which banking apps fill in a SEPA transfer."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
    code.add_data(epc_text(order).encode())
    rows = code.get_matrix()
    path = "".join(
        f"M{across} {down}h1v1h-1z"
        for down, row in enumerate(rows)
        for across, dark in enumerate(row)
        if dark
    )
    return len(rows), path


def epc_text(order: TransferOrder) -> str:
    """Return the lines of EPC069-12, version 002: a SEPA credit transfer with its reference."""
    account = order.account
    amount = order.amount.decimal().quantize(Decimal("0.01"))
    lines = (
        "BCD",
        "002",
        "1",  # UTF-8
        "SCT",
        account.bic,
        account.beneficiary[:NAME_MAX],
        account.iban,
        f"EUR{amount}",
        "",
        order.reference,
    )
    return "\n".join(lines)
