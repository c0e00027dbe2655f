"""Writing down in one call that data of many customers left, inside what lets them leave."""

from django.db import migrations

_PASS = """
CREATE FUNCTION outbound_pass(
  p_accounts bigint[], p_ids uuid[], p_recipient text, p_purposes text[], p_fields text[],
  p_now timestamptz)
RETURNS void
LANGUAGE sql AS $$
  INSERT INTO outbound_passage (account_id, id, recipient, purpose, fields, at)
  SELECT u.account_id, u.id, p_recipient, u.purpose, p_fields, p_now
    FROM unnest(p_accounts, p_ids, p_purposes) AS u (account_id, id, purpose)
$$;
"""
_DROP = "DROP FUNCTION outbound_pass(bigint[], uuid[], text, text[], text[], timestamptz)"


class Migration(migrations.Migration):
    dependencies = [("outbound", "0001_initial")]
    operations = [migrations.RunSQL(_PASS, _DROP)]
