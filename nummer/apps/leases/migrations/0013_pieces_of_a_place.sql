-- The four digits in a row that stand in a number, each with the country and kind of the number: a
-- search is for numbers of one country and one kind, and has nothing to do with those of others.
CREATE FUNCTION leases_pieces(country text, kind text, e164 text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_agg(DISTINCT country || ' ' || kind || ' ' || substr(e164, at, 4))
    FROM generate_series(2, length(e164) - 3) AS at
$$;

DROP INDEX rentable_free_by_pieces;
DROP FUNCTION leases_pieces(text);

-- Written with the row, since a list of what is still to be written would be read by every search.
CREATE INDEX rentable_free_by_pieces ON leases_rentable
  USING gin (leases_pieces(country, kind, e164)) WITH (fastupdate = off)
  WHERE lease_id IS NULL AND NOT withdrawn;
