-- Who had these numbers for rent at p_since or had them later, by the moment he got them: what
-- came in [from_at, until_at) is his (ADR 202). A lease that is unpaid serves until serves_until;
-- null is without end. Read only; leases_elsewhere looks again. Keeps one plan for the session, by
-- the keys of the tables, as numbers_route does (numbers, 0010).
CREATE FUNCTION leases_route(p_numbers text[], p_since timestamptz)
RETURNS TABLE (e164 text, account_id bigint, lease_id uuid, from_at timestamptz,
               until_at timestamptz, serves_until timestamptz)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
BEGIN
  RETURN QUERY
  SELECT h.e164::text, h.account_id, h.lease_id, h.from_at, h.until_at,
         CASE WHEN l.state NOT IN ('active', 'cancelled') THEN l.paid_until END
    FROM leases_holding h
    JOIN leases_lease l ON l.account_id = h.account_id AND l.id = h.lease_id
   WHERE h.e164 = ANY (p_numbers) AND (h.until_at IS NULL OR h.until_at > p_since)
   ORDER BY h.from_at;
END $$;

-- Of messages that were given to leases, the ordinals (from 1) of those whose number the lease did
-- not hold when they came, or that it did not serve as p_serves says; null where all is well.
-- Whoever calls it sets how statements are planned, as messaging_store does.
CREATE FUNCTION leases_elsewhere(p_accounts bigint[], p_leases uuid[], p_numbers text[],
                                 p_received timestamptz[], p_serves boolean[])
RETURNS bigint[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN (
    SELECT array_agg(u.n ORDER BY u.n)
      FROM unnest(p_accounts, p_leases, p_numbers, p_received, p_serves) WITH ORDINALITY
           AS u(account_id, lease_id, e164, received, serves, n)
     WHERE u.lease_id IS NOT NULL AND NOT EXISTS (
       SELECT FROM leases_holding h
         JOIN leases_lease l ON l.account_id = h.account_id AND l.id = h.lease_id
        WHERE h.e164 = u.e164 AND h.account_id = u.account_id AND h.lease_id = u.lease_id
          AND h.from_at <= u.received AND (h.until_at IS NULL OR h.until_at > u.received)
          AND (l.state IN ('active', 'cancelled') OR l.paid_until > u.received) = u.serves));
END $$;
