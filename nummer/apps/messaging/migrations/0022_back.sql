-- What 0014 wrote.
CREATE OR REPLACE FUNCTION messaging_take(p_carriers text[], p_rooms integer[], p_now timestamptz)
RETURNS TABLE (account_id bigint, id uuid, lease_id uuid, purpose text, sender text, carrier text,
               sealed_to bytea, sealed_text bytea, content bytea, per_s integer)
LANGUAGE sql
AS $$
  WITH waiting AS MATERIALIZED (
    SELECT one.account_id, one.id, c.carrier
      FROM unnest(p_carriers, p_rooms) WITH ORDINALITY AS c (carrier, room, place)
     CROSS JOIN LATERAL (
       SELECT o.account_id, o.id FROM messaging_outgoing o
        WHERE o.state = 'queued' AND o.carrier = c.carrier
        ORDER BY o.queued_at LIMIT c.room FOR NO KEY UPDATE SKIP LOCKED) one
    UNION ALL
    SELECT one.account_id, one.id, p_carriers[1]
      FROM (SELECT o.account_id, o.id FROM messaging_outgoing o
             WHERE o.state = 'queued' AND o.carrier = '' AND p_carriers[1] <> ''
             ORDER BY o.queued_at LIMIT p_rooms[1] FOR NO KEY UPDATE SKIP LOCKED) one)
  UPDATE messaging_outgoing o SET state = 'taken', taken_at = p_now
    FROM waiting w
   WHERE o.account_id = w.account_id AND o.id = w.id AND o.state = 'queued'
  RETURNING o.account_id, o.id, o.lease_id, o.purpose::text, o.sender::text, w.carrier,
            o."to", o.text, o.content, coalesce((o.routes -> 0 ->> 4)::integer, 0)
$$;
