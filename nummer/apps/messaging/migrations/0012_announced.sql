-- Store a batch of messages in one call, all or none. Where it returns rows, nothing was stored:
-- `repeated` tells messages that we have already (only those marked in p_suspect can be, and only
-- what came since p_since counts) from those whose activation has ended meanwhile
-- (numbers_receive) or whose lease does not hold the number at the moment they came, or does not
-- serve as they say (leases_elsewhere). The caller leaves out the ones, gives the others another round and calls
-- again. p_ages are the leading octets that the indexes of earlier copies can have.
--
-- Repeats are counted only where there is one: mostly there is none, and that is asked once for
-- the batch, in the order of the index, under those ages of which any message is kept.
--
-- p_leases and p_theirs are empty where no message of the batch is one of a rented number: such a
-- batch pays nothing for them. What their holder wants to go on (messaging_inbox) gets its due row,
-- and his endpoints are told (webhooks_announce); the event has the message's id.
--
-- Keeps one plan for the session, by the keys of the tables (0006, numbers 0010); what is set here
-- holds for numbers_receive as well. The arrays are read by subscript because unnest would write
-- each of them to a store of its own first.
CREATE OR REPLACE FUNCTION messaging_store(
  p_accounts bigint[], p_ids uuid[], p_activations uuid[], p_while uuid[], p_numbers text[],
  p_carriers text[], p_outcomes text[], p_matched text[], p_received timestamptz[],
  p_parts smallint[], p_indexes bytea[], p_suspect boolean[], p_contents bytea[], p_leases uuid[],
  p_theirs bytea[], p_ages bytea[], p_since timestamptz, p_now timestamptz)
RETURNS TABLE (n bigint, repeated boolean)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
  ended bigint[];
BEGIN
  IF true = ANY (p_suspect) AND EXISTS (
       SELECT FROM messaging_message m
        WHERE m.content_index = ANY (ARRAY (
                SELECT kept.age || suspect.digest
                  FROM (SELECT a.age FROM unnest(p_ages) AS a(age)
                         WHERE EXISTS (SELECT FROM messaging_message k
                                        WHERE k.content_index >= a.age
                                          AND k.content_index <= a.age
                                              || '\xffffffffffffffffffffffffffffffff'::bytea)
                        OFFSET 0) kept,
                       (SELECT substr(u.content_index, 5) AS digest
                          FROM unnest(p_indexes, p_suspect) AS u(content_index, suspect)
                         WHERE u.suspect ORDER BY 1) suspect))) THEN
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

  IF cardinality(p_leases) > 0 THEN  -- first, since it changes nothing
    ended := leases_elsewhere(p_accounts, p_leases, p_numbers, p_received,
                              ARRAY (SELECT o = 'rented' FROM unnest(p_outcomes) AS o));
    IF ended IS NOT NULL THEN
      RETURN QUERY SELECT e, false FROM unnest(ended) AS e;
      RETURN;
    END IF;
  END IF;

  ended := numbers_receive(p_accounts, p_activations, p_received, p_outcomes, p_now);
  IF ended IS NOT NULL THEN
    RETURN QUERY SELECT e, false FROM unnest(ended) AS e;
    RETURN;
  END IF;

  INSERT INTO messaging_message (account_id, id, activation_id, while_activation_id, e164, carrier,
         outcome, matched, received_at, stored_at, parts, content_index, content,
         lease_id, theirs_index)
  SELECT p_accounts[i], p_ids[i], p_activations[i], p_while[i], p_numbers[i], p_carriers[i],
         p_outcomes[i], string_to_array(p_matched[i], ','), p_received[i], p_now, p_parts[i],
         p_indexes[i], p_contents[i], p_leases[i],
         CASE WHEN p_leases[i] IS NOT NULL THEN p_theirs[i] END
    FROM generate_series(1, cardinality(p_ids)) AS i;

  IF cardinality(p_leases) > 0 THEN
    INSERT INTO messaging_forward (account_id, id, kind, lease_id, due_at)
    SELECT p_accounts[i], p_ids[i], wish.kind, p_leases[i], p_now
      FROM generate_series(1, cardinality(p_ids)) AS i
      JOIN messaging_inbox b ON b.account_id = p_accounts[i] AND b.lease_id = p_leases[i]
     CROSS JOIN LATERAL (VALUES ('mail', b.mailed), ('reply', b.reply IS NOT NULL))
           AS wish(kind, wanted)
     WHERE wish.wanted AND p_outcomes[i] = 'rented';

    PERFORM webhooks_announce(
      array_agg(p_accounts[i] ORDER BY i), array_agg(p_ids[i] ORDER BY i),
      array_agg('message.received'::text), array_agg('sms'::text),
      array_agg(p_ids[i] ORDER BY i),
      array_agg(p_leases[i] ORDER BY i), array_agg(''::text), p_now)
       FROM generate_series(1, cardinality(p_ids)) AS i
      WHERE p_outcomes[i] = 'rented';

    PERFORM pg_notify('nummer_sms', string_agg(named.name, ','))
       FROM (SELECT (row_number() OVER () - 1) / 50 AS lot, one.name  -- fifty names always fit
               FROM (SELECT DISTINCT p_accounts[i] || ':' || p_leases[i] AS name
                       FROM generate_series(1, cardinality(p_ids)) AS i
                      WHERE p_outcomes[i] = 'rented') one) named
      GROUP BY named.lot;
  END IF;
END $$;
