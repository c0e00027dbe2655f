-- What a purchase depends on of an account and of the key it was made with, read in the purchase
-- itself: whoever remembered either from an earlier read learns here that it changed.
-- The first is null for accounts that may not buy. Plain reads that PostgreSQL inlines.
CREATE FUNCTION accounts_buyer(p_account_id bigint)
RETURNS TABLE (buyer text)
LANGUAGE sql STABLE AS $$
  SELECT concat_ws(':', a.locale, a.currency, a.country, a.kind)
    FROM accounts_account a
   WHERE a.id = p_account_id AND a.closed_at IS NULL
     AND a.email_confirmed_at IS NOT NULL AND a.phone_confirmed_at IS NOT NULL
$$;

CREATE FUNCTION accounts_key_lives(p_account_id bigint, p_key_id uuid, p_dialect text)
RETURNS TABLE (lives boolean)
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM accounts_apikey k
                  WHERE k.id = p_key_id AND k.account_id = p_account_id
                    AND k.revoked_at IS NULL AND k.dialect = p_dialect)
$$;
