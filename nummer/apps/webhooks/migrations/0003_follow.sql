-- Tell the endpoints of several accounts what happened: one event for each piece of news that
-- anybody listens to, and its delivery to each who does. An endpoint that is off keeps what it
-- missed, so that it can be replayed. A function, since the statement that stores SMS tells of
-- them, too. An address may follow one subject alone.
CREATE OR REPLACE FUNCTION webhooks_announce(
  p_accounts bigint[], p_ids uuid[], p_kinds text[], p_purposes text[], p_subjects uuid[],
  p_leases uuid[], p_words text[], p_now timestamptz)
RETURNS void
LANGUAGE sql AS $$
  WITH news AS MATERIALIZED (
    SELECT * FROM unnest(p_accounts, p_ids, p_kinds, p_purposes, p_subjects, p_leases, p_words)
               AS n (account_id, id, kind, purpose, subject_id, lease_id, word)
  ), heard AS MATERIALIZED (
    SELECT n.account_id, n.id AS event_id, e.id AS endpoint_id, e.state = 'on' AS is_on
      FROM news n JOIN webhooks_endpoint e ON e.account_id = n.account_id
     WHERE (e.sort = 'account' AND (e.kinds = '{}' OR n.kind = ANY (e.kinds)))
        OR (e.sort = 'lease' AND e.lease_id = n.lease_id AND e.purpose = n.purpose)
     UNION ALL
    SELECT n.account_id, n.id, e.id, e.state = 'on'
      FROM news n
      JOIN webhooks_follow f ON f.account_id = n.account_id AND f.subject_id = n.subject_id
      JOIN webhooks_endpoint e ON e.account_id = f.account_id AND e.id = f.endpoint_id
  ), told AS (
    INSERT INTO webhooks_event (account_id, id, kind, subject_id, lease_id, word, at)
    SELECT account_id, id, kind, subject_id, lease_id, word, p_now FROM news n
     WHERE EXISTS (SELECT FROM heard h WHERE h.account_id = n.account_id AND h.event_id = n.id)
  )
  INSERT INTO webhooks_delivery (account_id, endpoint_id, event_id, state, tries, attempts, next_at)
  SELECT account_id, endpoint_id, event_id, CASE WHEN is_on THEN 'waiting' ELSE 'missed' END,
         0, 0, CASE WHEN is_on THEN p_now END
    FROM heard
$$;
