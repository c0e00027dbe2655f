"""The same constraints in words that cost less: PostgreSQL reads them anew for each statement.

Django writes `IN` as an array of casts, which is worked out each time. The models keep their words,
which mean the same. The tables are looked through while they are used, as VALIDATE does.
"""

from django.db import migrations

_OPEN = "state::text = ANY ('{waiting,shown}'::text[])"
_CODELESS = "state::text <> ALL ('{cancelled,expired,failed}'::text[])"
_CODED = "state::text <> ALL ('{shown,finished}'::text[])"
_NOW = {
    "activation_closed_exactly_at_its_end": f"(closed_at IS NULL) = ({_OPEN})",
    "activation_ended_without_code_showed_none": f"displayed_at IS NULL OR {_CODELESS}",
    "activation_with_code_says_when": f"displayed_at IS NOT NULL OR {_CODED}",
}
_BEFORE = {
    "activation_closed_exactly_at_its_end": (
        "closed_at IS NULL AND state IN ('waiting', 'shown')"
        " OR NOT (state IN ('waiting', 'shown')) AND closed_at IS NOT NULL"
    ),
    "activation_ended_without_code_showed_none": (
        "NOT (state IN ('cancelled', 'expired', 'failed')) OR displayed_at IS NULL"
    ),
    "activation_with_code_says_when": (
        "NOT (state IN ('shown', 'finished')) OR displayed_at IS NOT NULL"
    ),
}


def _put(checks: dict[str, str]) -> str:
    steps = [
        f"DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({check}) NOT VALID"
        for name, check in checks.items()
    ]
    return f"ALTER TABLE numbers_activation {', '.join(steps)}"


def _validate(checks: dict[str, str]) -> str:
    steps = [f"VALIDATE CONSTRAINT {name}" for name in checks]
    return f"ALTER TABLE numbers_activation {', '.join(steps)}"


class Migration(migrations.Migration):
    atomic = False  # so that looking through the table locks nobody out
    dependencies = [("numbers", "0012_one_receive")]
    operations = [
        migrations.RunSQL(_put(_NOW), _validate(_BEFORE)),
        migrations.RunSQL(_validate(_NOW), _put(_BEFORE)),
    ]
