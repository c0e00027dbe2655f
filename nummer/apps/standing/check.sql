-- The tally is locked first, so that two orders of one account are judged one after the other.
WITH tally AS MATERIALIZED (
    SELECT recent, open, outcomes FROM standing_tally WHERE account_id = %(account)s FOR UPDATE
)
SELECT tally.recent, tally.open, tally.outcomes,
       limits.orders_per_minute, limits.open_max, limits.share_percent_min, limits.share_after,
       EXISTS (SELECT FROM standing_suspension s
                WHERE s.account_id = %(account)s AND s.lifted_at IS NULL
                  AND s.service IN ('', %(service)s)),
       EXISTS (SELECT FROM standing_block b
                WHERE b.lifted_at IS NULL
                  AND (b.kind, b.value) IN (('service', %(service)s), ('country', %(country)s)))
  FROM tally
  LEFT JOIN LATERAL (SELECT * FROM standing_limits l
                      WHERE l.account_id IN (%(account)s, 0)
                      ORDER BY l.account_id DESC LIMIT 1) limits ON true
