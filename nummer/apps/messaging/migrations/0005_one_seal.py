"""One seal for what a message says; a batch is stored whole or not at all.

Messages of before keep their four sealed columns until they are deleted, 30 days after they came.
"""

from pathlib import Path

from django.db import migrations, models

_HERE = Path(__file__)
_BEFORE = _HERE.with_name("0002_store.sql").read_text()
_DROP = """
DROP FUNCTION messaging_store(
  bigint[], uuid[], uuid[], uuid[], text[], text[], text[], text[], timestamptz[],
  smallint[], bytea[], bytea[], bytea[], bytea[], bytea[], timestamptz);
"""
_DROP_NEW = """
DROP FUNCTION messaging_store(
  bigint[], uuid[], uuid[], uuid[], text[], text[], text[], text[], timestamptz[],
  smallint[], bytea[], boolean[], bytea[], bytea[], timestamptz, timestamptz);
"""
_OLD_FORM = models.Q(
    ("content", None), ("sender__isnull", False), ("text__isnull", False), ("raw__isnull", False)
)
_SHOWN = models.Q(("code__isnull", False), ("outcome", "shown"))
_NOT_SHOWN = models.Q(models.Q(("outcome", "shown"), _negated=True), ("code", None))


class Migration(migrations.Migration):
    dependencies = [("messaging", "0004_nobody"), ("numbers", "0007_receive_in_place")]
    operations = [
        migrations.AddField("message", "content", models.BinaryField(null=True)),
        migrations.AlterField("message", "sender", models.BinaryField(null=True)),
        migrations.AlterField("message", "text", models.BinaryField(null=True)),
        migrations.AlterField("message", "raw", models.BinaryField(null=True)),
        migrations.RemoveConstraint("message", "message_shown_exactly_with_a_code"),
        migrations.AddConstraint(
            "message",
            models.CheckConstraint(
                condition=models.Q(
                    ("content__isnull", False),
                    ("sender", None),
                    ("text", None),
                    ("code", None),
                    ("raw", None),
                )
                | (_OLD_FORM & (_SHOWN | _NOT_SHOWN)),
                name="message_sealed_in_one_form",
            ),
        ),
        migrations.RunSQL(
            _DROP + _HERE.with_suffix(".sql").read_text(),
            _DROP_NEW + _BEFORE,
        ),
    ]
