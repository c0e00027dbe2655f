-- Which of these senders (in small letters) no customer gets SMS from.
CREATE FUNCTION standing_blocked_senders(p_senders text[]) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
  SELECT b.value::text FROM standing_block b
   WHERE b.kind = 'sender' AND b.value = ANY (p_senders) AND b.lifted_at IS NULL
$$;
