from django.db import migrations, models

# What was taken twice before this column came was no wish either.
_TAKEN_TWICE = "UPDATE payments_topup SET wished = false WHERE twice_of IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_taken_twice")]

    operations = [
        migrations.AddField("topup", "wished", models.BooleanField(default=True)),
        migrations.RunSQL(_TAKEN_TWICE, migrations.RunSQL.noop),
    ]
