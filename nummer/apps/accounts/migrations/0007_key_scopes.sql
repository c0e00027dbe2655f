-- What a caller knew of a key is its form and how often its secret or limits changed.
CREATE OR REPLACE FUNCTION accounts_key_lives(p_account_id bigint, p_key_id uuid, p_dialect text)
RETURNS TABLE (lives boolean)
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM accounts_apikey k
                  WHERE k.id = p_key_id AND k.account_id = p_account_id
                    AND k.revoked_at IS NULL
                    AND concat(k.dialect, nullif(k.revision, 0)) = p_dialect)
$$;
