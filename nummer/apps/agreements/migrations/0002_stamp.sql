-- Which texts are in force, as one short word. Published texts are only added, never changed or
-- removed, and come into force one after the other; so two equal stamps mean the same texts.
CREATE FUNCTION agreements_stamp(p_now timestamptz)
RETURNS TABLE (stamp text)
LANGUAGE sql STABLE AS $$
  SELECT concat_ws(':', count(*), max(p.id::text))
    FROM agreements_published p WHERE p.effective_at <= p_now
$$;
