-- Store a batch of messages in one call, all or none. Where it returns rows, nothing was stored:
-- `repeated` tells messages that we have already (only those marked in p_suspect can be, and only
-- what came since p_since counts) from those whose activation has ended meanwhile
-- (numbers_receive). The caller leaves out the ones, gives the others another round and calls
-- again. p_ages are the leading octets that the indexes of earlier copies can have.
CREATE FUNCTION messaging_store(
  p_accounts bigint[], p_ids uuid[], p_activations uuid[], p_while uuid[], p_numbers text[],
  p_carriers text[], p_outcomes text[], p_matched text[], p_received timestamptz[],
  p_parts smallint[], p_indexes bytea[], p_suspect boolean[], p_contents bytea[], p_ages bytea[],
  p_since timestamptz, p_now timestamptz)
RETURNS TABLE (n bigint, repeated boolean)
LANGUAGE plpgsql AS $$
BEGIN
  IF true = ANY (p_suspect) THEN
    RETURN QUERY
      SELECT s.n, true
        FROM (SELECT u.n, row_number() OVER (PARTITION BY substr(u.content_index, 5)
                                             ORDER BY u.n) AS place,
                     (SELECT count(*) FROM messaging_message m
                       WHERE m.content_index = ANY (
                               ARRAY (SELECT age || substr(u.content_index, 5)
                                        FROM unnest(p_ages) AS age))
                         AND m.received_at >= p_since) AS earlier
                FROM unnest(p_indexes, p_suspect) WITH ORDINALITY AS u(content_index, suspect, n)
               WHERE u.suspect) s
       WHERE s.place <= s.earlier;
    IF FOUND THEN
      RETURN;
    END IF;
  END IF;

  RETURN QUERY SELECT r, false FROM numbers_receive(
    p_accounts, p_activations, p_received,
    ARRAY (SELECT o = 'shown' FROM unnest(p_outcomes) AS o), p_now) AS r;
  IF FOUND THEN
    RETURN;
  END IF;

  INSERT INTO messaging_message (account_id, id, activation_id, while_activation_id, e164, carrier,
         outcome, matched, received_at, stored_at, parts, content_index, content)
  SELECT u.account_id, u.id, u.activation_id, u.while_id, u.e164, u.carrier, u.outcome,
         string_to_array(u.matched, ','), u.received_at, p_now, u.parts, u.content_index, u.content
    FROM unnest(p_accounts, p_ids, p_activations, p_while, p_numbers, p_carriers, p_outcomes,
                p_matched, p_received, p_parts, p_indexes, p_contents)
         AS u(account_id, id, activation_id, while_id, e164, carrier, outcome, matched,
              received_at, parts, content_index, content);
END $$;
