from pathlib import Path

from django.db import migrations, models

HERE = Path(__file__).parent
_REVERSE = """
DROP FUNCTION incidents_purge(bigint, timestamptz, timestamptz, integer);
CREATE OR REPLACE FUNCTION incidents_written_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what happened is never changed; add what happened since'
      USING ERRCODE = 'restrict_violation';
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial")]

    operations = [
        migrations.RunSQL([(HERE / "purge.sql").read_text()], _REVERSE),
        migrations.AddIndex(
            "fact",
            models.Index(
                fields=["learned_at"],
                name="fact_with_words",
                condition=~models.Q(actor="gone"),
            ),
        ),
        migrations.AddIndex(
            "fact",
            models.Index(
                fields=["learned_at"],
                name="fact_without_words",
                condition=models.Q(actor="gone"),
            ),
        ),
    ]
