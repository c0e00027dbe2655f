"""The same constraints in words that cost less: PostgreSQL reads them anew for each batch.

See numbers, 0013.
"""

from django.db import migrations

_SHOWN = "outcome::text = ANY ('{shown,text}'::text[])"
_NOW = {
    "message_shown_exactly_to_its_holder": (
        f"(activation_id IS NOT NULL) = ({_SHOWN})"
        " AND (activation_id IS NOT NULL OR account_id = 0)"
    ),
    "message_sealed_in_one_form": (
        "CASE WHEN content IS NOT NULL THEN num_nonnulls(sender, text, code, raw) = 0"
        " ELSE num_nulls(sender, text, raw) = 0"
        " AND (code IS NOT NULL) = (outcome::text = 'shown') END"
    ),
}
_BEFORE = {
    "message_shown_exactly_to_its_holder": (
        "activation_id IS NOT NULL AND outcome IN ('shown', 'text')"
        " OR NOT (outcome IN ('shown', 'text')) AND account_id = 0 AND activation_id IS NULL"
    ),
    "message_sealed_in_one_form": (
        "content IS NOT NULL AND sender IS NULL AND text IS NULL AND code IS NULL AND raw IS NULL"
        " OR content IS NULL AND sender IS NOT NULL AND text IS NOT NULL AND raw IS NOT NULL"
        " AND (code IS NOT NULL AND outcome = 'shown'"
        " OR NOT outcome = 'shown' AND code IS NULL)"
    ),
}


def _put(checks: dict[str, str]) -> str:
    steps = [
        f"DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({check}) NOT VALID"
        for name, check in checks.items()
    ]
    return f"ALTER TABLE messaging_message {', '.join(steps)}"


def _validate(checks: dict[str, str]) -> str:
    steps = [f"VALIDATE CONSTRAINT {name}" for name in checks]
    return f"ALTER TABLE messaging_message {', '.join(steps)}"


class Migration(migrations.Migration):
    atomic = False  # so that looking through the table locks nobody out
    dependencies = [("messaging", "0007_fewer_steps")]
    operations = [
        migrations.RunSQL(_put(_NOW), _validate(_BEFORE)),
        migrations.RunSQL(_validate(_NOW), _put(_BEFORE)),
    ]
