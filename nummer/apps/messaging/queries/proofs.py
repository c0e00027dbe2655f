"""Proofs about the money of texts that rented numbers send."""

from __future__ import annotations

from typing import Final

# Rows go after 30 days, so what needs them asks only of charges whose rows are all there.
SENDING: Final = (
    (
        "text that is on its way has its money held",
        """
        SELECT count(*) FROM messaging_charge c
          LEFT JOIN ledger.hold h ON h.account_id = c.account_id AND h.id = c.id
         WHERE c.closed_at IS NULL AND c.held_micro > 0
           AND (h.state IS DISTINCT FROM 'open' OR h.amount IS DISTINCT FROM c.held_micro)
        """,
    ),
    (
        "charge that is open is held for exactly its texts",
        """
        SELECT count(*) FROM messaging_charge c
         CROSS JOIN LATERAL (
           SELECT count(*) AS texts, sum(o.net_micro + o.tax_micro) AS price,
                  count(*) FILTER (WHERE o.state IN ('queued', 'taken', 'unknown')) AS waiting,
                  coalesce(sum(o.net_micro) FILTER (
                    WHERE o.state IN ('sent', 'delivered', 'undelivered')), 0) AS net,
                  coalesce(sum(o.tax_micro) FILTER (
                    WHERE o.state IN ('sent', 'delivered', 'undelivered')), 0) AS tax
             FROM messaging_outgoing o
            WHERE o.account_id = c.account_id AND o.charge_id = c.id) t
         WHERE c.closed_at IS NULL
           AND (t.waiting, t.net, t.tax) IS DISTINCT FROM (c.waiting, c.net_micro, c.tax_micro)
        """,
    ),
    (
        "text is on its way only under a charge that is open",
        """
        SELECT count(*) FROM messaging_outgoing o
          LEFT JOIN messaging_charge c ON c.account_id = o.account_id AND c.id = o.charge_id
         WHERE o.lease_id IS NOT NULL AND o.state IN ('queued', 'taken', 'unknown')
           AND (c.id IS NULL OR c.closed_at IS NOT NULL)
        """,
    ),
    (
        "charge that ended took once what the carriers accepted",
        """
        SELECT count(*) FROM messaging_charge c
         WHERE c.closed_at IS NOT NULL
           AND c.net_micro + c.tax_micro IS DISTINCT FROM (
             SELECT coalesce(-sum(t.amount), 0) FROM ledger.transfer t
              WHERE t.account_id = c.account_id AND t.id = c.id)
        """,
    ),
    (
        "text was charged exactly where a carrier accepted it",
        """
        SELECT count(*) FROM messaging_charge c
         CROSS JOIN LATERAL (
           SELECT coalesce(sum(o.net_micro), 0) AS net, coalesce(sum(o.tax_micro), 0) AS tax
             FROM messaging_outgoing o
            WHERE o.account_id = c.account_id AND o.charge_id = c.id
              AND o.state IN ('sent', 'delivered', 'undelivered')) t
         WHERE c.closed_at IS NOT NULL
           AND c.opened_at >= coalesce((SELECT max(before) FROM messaging_purge), '-infinity')
           AND (t.net, t.tax) IS DISTINCT FROM (c.net_micro, c.tax_micro)
        """,
    ),
    (
        "text that was sent says when, by whom and at what cost",
        """
        SELECT count(*) FROM messaging_outgoing o
         WHERE o.lease_id IS NOT NULL AND o.state IN ('sent', 'delivered', 'undelivered')
           AND (o.sent_at IS NULL OR o.carrier = ''
                OR (o.supplier <> '' AND o.cost_micro IS NULL))
        """,
    ),
)
