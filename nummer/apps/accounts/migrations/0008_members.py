"""Roles of those who sign in to an account: whoever was there first owns it."""

from django.db import migrations, models
from django.db.models import Q

ROLES = [
    ("owner", "Owner"),
    ("administrator", "Administrator"),
    ("developer", "Developer"),
    ("billing", "Billing"),
    ("reader", "Reader"),
]
KEY = {"blank": True, "editable": False, "primary_key": True, "serialize": False}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_key_scopes")]
    operations = [
        migrations.AddField(
            model_name="login",
            name="member_role",
            field=models.CharField(blank=True, choices=ROLES, default="", max_length=13),
        ),
        migrations.RunSQL(
            "UPDATE accounts_login SET member_role = 'owner' WHERE account_id IS NOT NULL",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="login",
            constraint=models.CheckConstraint(
                condition=Q(account__isnull=False, member_role__in=[role for role, _ in ROLES])
                | Q(account=None, member_role=""),
                name="login_of_a_customer_has_a_role",
            ),
        ),
        migrations.AddConstraint(
            model_name="login",
            constraint=models.UniqueConstraint(
                condition=Q(member_role="owner"),
                fields=["account"],
                name="login_one_owner_per_account",
            ),
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("pk", models.CompositePrimaryKey("account_id", "id", **KEY)),
                ("account_id", models.BigIntegerField()),
                ("id", models.UUIDField()),
                ("email", models.BinaryField()),
                ("email_index", models.BinaryField()),
                ("role", models.CharField(choices=ROLES, max_length=13)),
                ("invited_by", models.BigIntegerField()),
                ("invited_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("login_id", models.BigIntegerField(null=True)),
                ("joined_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=Q(joined_at=None, ended_at=None),
                fields=["account_id", "email_index"],
                name="membership_one_waits_for_an_address",
            ),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(
                condition=Q(ended_at__isnull=False),
                fields=["ended_at"],
                name="membership_over_by_age",
            ),
        ),
        migrations.CreateModel(
            name="Deed",
            fields=[
                ("pk", models.CompositePrimaryKey("account_id", "id", **KEY)),
                ("account_id", models.BigIntegerField()),
                ("id", models.UUIDField()),
                ("login_id", models.BigIntegerField()),
                ("page", models.CharField(max_length=40)),
                ("subject", models.CharField(max_length=120)),
                ("at", models.DateTimeField()),
                ("done", models.BooleanField(null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name="deed", index=models.Index(fields=["at"], name="deed_by_age")
        ),
    ]
