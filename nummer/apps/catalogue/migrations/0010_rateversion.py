"""The state of rates by which a process sees whether what it remembers still holds (ADR 360)."""

from django.db import migrations

# The stamp alone comes back when a transaction that raised it is undone; who wrote it does not.
_VERSION = """
CREATE FUNCTION catalogue_rate_version()
RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT s.stamp::text || ':' || s.xmin::text
                     FROM catalogue_ratestamp s WHERE s.id = 1), '0')
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0009_allowedroutes")]
    operations = [migrations.RunSQL(_VERSION, "DROP FUNCTION catalogue_rate_version()")]
