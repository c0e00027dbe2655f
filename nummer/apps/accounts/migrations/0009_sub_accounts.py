"""Parts of accounts: a directory of sub-accounts (ADR 433)."""

from django.db import migrations, models
from django.db.models import Q

STATES = [("active", "Active"), ("suspended", "Suspended"), ("closed", "Closed")]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_members")]
    operations = [
        migrations.CreateModel(
            name="SubAccount",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("account_id", models.BigIntegerField()),
                ("sid", models.CharField(max_length=34, unique=True)),
                ("name", models.BinaryField()),
                ("name_index", models.BinaryField()),
                ("token", models.BinaryField()),
                ("sha256", models.BinaryField()),
                ("state", models.CharField(choices=STATES, max_length=9)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="subaccount",
            constraint=models.CheckConstraint(
                condition=Q(state__in=["active", "suspended", "closed"]),
                name="sub_account_is_in_a_known_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="subaccount",
            constraint=models.CheckConstraint(
                condition=Q(sid__regex="^AC[0-9a-f]{32}$"), name="sub_account_sid_has_its_form"
            ),
        ),
        migrations.AddIndex(
            model_name="subaccount",
            index=models.Index(fields=["account_id", "id"], name="sub_account_of_account"),
        ),
    ]
