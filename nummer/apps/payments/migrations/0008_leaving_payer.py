"""What providers are still to forget gets rows of its own, each with its provider.

A token that waited in the one column there was goes along with the provider of its row.
"""

from django.db import migrations, models
from django.db.models import Q

from nummer.kernel.ids import new_id


def _move(apps, schema_editor):
    orders = apps.get_model("payments", "AutoTopUp").objects
    leaving = apps.get_model("payments", "LeavingPayer").objects
    for order in orders.filter(~Q(leaving_token="")).iterator():
        leaving.create(
            account_id=order.account_id,
            id=new_id(),
            provider=order.provider,
            token=order.leaving_token,
            look_at=order.rest_until or order.consented_at,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0007_beside"),
    ]

    operations = [
        migrations.CreateModel(
            name="LeavingPayer",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("id", models.UUIDField()),
                ("provider", models.CharField(max_length=20)),
                ("token", models.CharField(max_length=100)),
                ("look_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["look_at"], name="leaving_payer_waiting")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account_id", "provider", "token"), name="leaving_payer_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("token", ""), _negated=True),
                        name="leaving_payer_has_a_name",
                    ),
                ],
            },
        ),
        migrations.RunPython(_move, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="autotopup", name="auto_top_up_leaving"),
        migrations.RemoveField(model_name="autotopup", name="leaving_token"),
    ]
