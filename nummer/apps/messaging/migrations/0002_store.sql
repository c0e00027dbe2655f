-- Store a batch of messages in one call: those for an activation only where it is still open at
-- p_now (numbers_receive), those for nobody always. Returns the ordinals (from 1) that were NOT
-- stored, because their activation has ended meanwhile; the caller gives them another round.
CREATE FUNCTION messaging_store(
  p_accounts bigint[], p_ids uuid[], p_activations uuid[], p_while uuid[], p_numbers text[],
  p_carriers text[], p_outcomes text[], p_matched text[], p_received timestamptz[],
  p_parts smallint[], p_indexes bytea[], p_senders bytea[], p_texts bytea[], p_codes bytea[],
  p_raws bytea[], p_now timestamptz)
RETURNS SETOF bigint
LANGUAGE plpgsql AS $$
DECLARE
  held bigint[];
  accepted bigint[];
BEGIN
  SELECT array_agg(n ORDER BY n) INTO held
    FROM unnest(p_activations) WITH ORDINALITY AS u(activation_id, n)
   WHERE u.activation_id IS NOT NULL;

  IF held IS NOT NULL THEN
    SELECT array_agg(held[r]) INTO accepted FROM numbers_receive(
      (SELECT array_agg(p_accounts[h] ORDER BY h) FROM unnest(held) h),
      (SELECT array_agg(p_activations[h] ORDER BY h) FROM unnest(held) h),
      (SELECT array_agg(p_received[h] ORDER BY h) FROM unnest(held) h),
      (SELECT array_agg(p_codes[h] IS NOT NULL ORDER BY h) FROM unnest(held) h),
      p_now) AS r;
  END IF;

  INSERT INTO messaging_message (account_id, id, activation_id, while_activation_id, e164, carrier,
         outcome, matched, received_at, stored_at, parts, content_index, sender, text, code, raw)
  SELECT u.account_id, u.id, u.activation_id, u.while_id, u.e164, u.carrier, u.outcome,
         string_to_array(u.matched, ','), u.received_at, p_now, u.parts, u.content_index,
         u.sender, u.body, u.code, u.raw
    FROM unnest(p_accounts, p_ids, p_activations, p_while, p_numbers, p_carriers, p_outcomes,
                p_matched, p_received, p_parts, p_indexes, p_senders, p_texts, p_codes, p_raws)
         WITH ORDINALITY AS u(account_id, id, activation_id, while_id, e164, carrier, outcome,
                              matched, received_at, parts, content_index, sender, body, code,
                              raw, n)
   WHERE u.activation_id IS NULL OR u.n = ANY (accepted);

  RETURN QUERY SELECT h FROM unnest(held) h WHERE NOT (h = ANY (coalesce(accepted, '{}')));
END $$;
