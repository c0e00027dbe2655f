-- The four digits in a row that stand in a number: what a search for a part of it is found by.
CREATE FUNCTION leases_pieces(e164 text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_agg(DISTINCT substr(e164, at, 4)) FROM generate_series(2, length(e164) - 3) AS at
$$;

-- Written with the row, since a list of what is still to be written would be read by every search.
CREATE INDEX rentable_free_by_pieces ON leases_rentable USING gin (leases_pieces(e164))
  WITH (fastupdate = off) WHERE lease_id IS NULL AND NOT withdrawn;
