"""Scopes, an end, a second secret for a while, and the last use of keys (ADR 431)."""

from pathlib import Path

from django.db import migrations, models

BEFORE = """
CREATE OR REPLACE FUNCTION accounts_key_lives(p_account_id bigint, p_key_id uuid, p_dialect text)
RETURNS TABLE (lives boolean)
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM accounts_apikey k
                  WHERE k.id = p_key_id AND k.account_id = p_account_id
                    AND k.revoked_at IS NULL AND k.dialect = p_dialect)
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_profiles")]
    operations = [
        migrations.AddField(
            "apikey", "scopes", models.CharField(max_length=80, default="", blank=True)
        ),
        migrations.AddField("apikey", "revision", models.PositiveIntegerField(default=0)),
        migrations.AddField("apikey", "expires_at", models.DateTimeField(null=True)),
        migrations.AddField("apikey", "old_sha256", models.BinaryField(null=True, unique=True)),
        migrations.AddField("apikey", "old_short_index", models.BinaryField(null=True)),
        migrations.AddField("apikey", "old_until", models.DateTimeField(null=True)),
        migrations.AddField("apikey", "used_on", models.DateField(null=True)),
        migrations.AddField("apikey", "used_from", models.BinaryField(null=True)),
        migrations.AddIndex(
            "apikey",
            models.Index(
                fields=["old_short_index"],
                name="api_key_old_short",
                condition=models.Q(old_short_index__isnull=False),
            ),
        ),
        migrations.RunSQL(Path(__file__).with_suffix(".sql").read_text(), BEFORE),
    ]
