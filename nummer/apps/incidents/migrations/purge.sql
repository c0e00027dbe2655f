-- What is old goes (PP-2.6), and by this function only: it runs as the owner of the tables, and while
-- it runs the triggers that keep every row let it work. The setting alone opens nothing to the
-- application's role, which may neither change nor delete these rows.
CREATE OR REPLACE FUNCTION incidents_written_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('nummer.purging', true) = 'incidents' THEN
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what happened is never changed; add what happened since'
      USING ERRCODE = 'restrict_violation';
END
$$;

-- Of one account: takes words and persons off facts that were learned by p_strip_until, deletes those learned by
-- p_delete_until that no later fact is about, and blocks that ended by p_strip_until. At most p_limit
-- of each; returns how many rows.
CREATE FUNCTION incidents_purge(
    p_account_id bigint, p_strip_until timestamptz, p_delete_until timestamptz, p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_catalog, pg_temp AS $$
DECLARE
    v_rows integer;
    v_all integer := 0;
BEGIN
    IF p_delete_until >= p_strip_until THEN
        RAISE EXCEPTION 'facts lose their words before they are deleted'
          USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Set here and not with the function: only a superuser may declare a setting of ours there.
    PERFORM set_config('nummer.purging', 'incidents', true);
    UPDATE incidents_fact f
       SET evidence = NULL, actor = 'gone',
           with_actor = CASE f.with_actor WHEN '' THEN '' ELSE 'gone, too' END
      FROM (SELECT account_id, id FROM incidents_fact
             WHERE account_id = p_account_id AND actor <> 'gone' AND learned_at <= p_strip_until
             ORDER BY learned_at LIMIT p_limit FOR UPDATE SKIP LOCKED) o
     WHERE f.account_id = o.account_id AND f.id = o.id;
    GET DIAGNOSTICS v_all = ROW_COUNT;
    DELETE FROM incidents_fact f
     USING (SELECT account_id, id FROM incidents_fact g
             WHERE account_id = p_account_id AND actor = 'gone'
               AND learned_at <= p_delete_until AND NOT EXISTS (
               SELECT 1 FROM incidents_fact l
                WHERE l.account_id = g.account_id AND l.about = g.id
                  AND l.learned_at > p_delete_until)
             ORDER BY learned_at LIMIT p_limit FOR UPDATE SKIP LOCKED) o
     WHERE f.account_id = o.account_id AND f.id = o.id;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_all := v_all + v_rows;
    WITH old AS (
        SELECT account_id, id FROM incidents_blockrelease
         WHERE account_id = p_account_id AND released_at <= p_strip_until
         ORDER BY released_at LIMIT p_limit
    ), proposals AS (
        DELETE FROM incidents_blockproposal p USING old
         WHERE p.account_id = old.account_id AND p.id = old.id
    ), blocks AS (
        DELETE FROM incidents_balanceblock b USING old
         WHERE b.account_id = old.account_id AND b.id = old.id
    )
    DELETE FROM incidents_blockrelease r USING old
     WHERE r.account_id = old.account_id AND r.id = old.id;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_all := v_all + v_rows;
    DELETE FROM incidents_blockproposal p
     USING (SELECT account_id, id FROM incidents_blockproposal q
             WHERE account_id = p_account_id AND proposed_at <= p_strip_until AND NOT EXISTS (
               SELECT 1 FROM incidents_balanceblock b
                WHERE b.account_id = q.account_id AND b.id = q.id)
             ORDER BY proposed_at LIMIT p_limit) o
     WHERE p.account_id = o.account_id AND p.id = o.id;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    PERFORM set_config('nummer.purging', '', true);
    RETURN v_all + v_rows;
END
$$;
REVOKE ALL ON FUNCTION incidents_purge(bigint, timestamptz, timestamptz, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION incidents_purge(bigint, timestamptz, timestamptz, integer) TO nummer_app;
