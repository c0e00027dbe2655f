"""What a program wrote with a key of the account."""

from django.db import migrations, models

PROOFS = [
    ("signed-in", "Signed In"),
    ("key", "Key"),
    ("aligned", "Aligned"),
    ("claimed", "Claimed"),
    ("none", "None"),
    ("staff", "Staff"),
]


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_papers")]

    operations = [
        migrations.AlterField("Case", "proof", models.CharField(choices=PROOFS, max_length=9)),
        migrations.AlterField("Message", "proof", models.CharField(choices=PROOFS, max_length=9)),
    ]
