"""SMS of rented numbers: a message may belong to a lease; see the SQL beside.

The constraint is in the words of 0008, cheap to read for each batch; 0010 looks through the table.
"""

from pathlib import Path

from django.db import migrations, models

_HERE = Path(__file__)
_OLD = "messaging_store(bigint[], uuid[], uuid[], uuid[], text[], text[], text[], text[],"
_OLD += " timestamptz[], smallint[], bytea[], boolean[], bytea[], bytea[], timestamptz,"
_OLD += " timestamptz)"
_NEW = "messaging_store(bigint[], uuid[], uuid[], uuid[], text[], text[], text[], text[],"
_NEW += " timestamptz[], smallint[], bytea[], boolean[], bytea[], uuid[], bytea[], bytea[],"
_NEW += " timestamptz, timestamptz)"
_BEFORE = (
    _HERE.with_name("0007_fewer_steps.sql")
    .read_text()
    .replace("CREATE OR REPLACE FUNCTION", "CREATE FUNCTION")
)
_NAME = "message_shown_exactly_to_its_holder"
_CHECK = """
CASE WHEN activation_id IS NOT NULL
     THEN outcome::text = ANY ('{shown,text}'::text[]) AND lease_id IS NULL
     WHEN lease_id IS NOT NULL
     THEN outcome::text = ANY ('{rented,kept}'::text[]) AND theirs_index IS NOT NULL
     ELSE account_id = 0 AND outcome::text = ANY ('{other,nobody}'::text[]) END
"""
_CHECK_BEFORE = """
(activation_id IS NOT NULL) = (outcome::text = ANY ('{shown,text}'::text[]))
AND (activation_id IS NOT NULL OR account_id = 0)
"""


def _put(check: str) -> str:
    return (
        f"ALTER TABLE messaging_message DROP CONSTRAINT {_NAME},"
        f" ADD CONSTRAINT {_NAME} CHECK ({check}) NOT VALID"
    )


_SHOWN = models.Q(
    ("activation_id__isnull", False), ("lease_id", None), ("outcome__in", ["shown", "text"])
)
_RENTED = models.Q(
    ("activation_id", None),
    ("lease_id__isnull", False),
    ("outcome__in", ["rented", "kept"]),
    ("theirs_index__isnull", False),
)
_NOBODYS = models.Q(
    ("account_id", 0),
    ("activation_id", None),
    ("lease_id", None),
    ("outcome__in", ["other", "nobody"]),
)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0008_cheaper_checks"), ("leases", "0002_holders")]
    operations = [
        migrations.AddField("message", "lease_id", models.UUIDField(null=True)),
        migrations.AddField("message", "theirs_index", models.BinaryField(null=True)),
        migrations.AddField("message", "redacted_at", models.DateTimeField(null=True)),
        migrations.AlterField(
            "message",
            "outcome",
            models.CharField(
                choices=[
                    ("shown", "Shown"),
                    ("text", "Text"),
                    ("other", "Other Service"),
                    ("nobody", "Nobody"),
                    ("rented", "Rented"),
                    ("kept", "Kept"),
                ],
                max_length=6,
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_put(_CHECK), _put(_CHECK_BEFORE))],
            state_operations=[
                migrations.RemoveConstraint("message", _NAME),
                migrations.AddConstraint(
                    "message",
                    models.CheckConstraint(condition=_SHOWN | _RENTED | _NOBODYS, name=_NAME),
                ),
            ],
        ),
        migrations.AddIndex(
            "message",
            models.Index(
                condition=models.Q(("lease_id__isnull", False)),
                fields=["account_id", "id"],
                name="message_of_renter",
            ),
        ),
        migrations.AddIndex(
            "message",
            models.Index(
                condition=models.Q(("lease_id__isnull", False)),
                fields=["account_id", "lease_id", "id"],
                name="message_of_lease",
            ),
        ),
        migrations.AddIndex(
            "message",
            models.Index(
                condition=models.Q(("lease_id__isnull", False)),
                fields=["account_id", "theirs_index", "lease_id", "id"],
                name="message_of_conversation",
            ),
        ),
        migrations.RunSQL(
            f"DROP FUNCTION {_OLD}; {_HERE.with_suffix('.sql').read_text()}",
            f"DROP FUNCTION {_NEW}; {_BEFORE}",
        ),
    ]
