"""What a number is there for: codes, or rent."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("numbers", "0013_cheaper_checks"),
    ]

    operations = [
        migrations.AddField(
            model_name="number",
            name="use",
            field=models.CharField(
                choices=[("codes", "Codes"), ("rent", "Rent")],
                db_default="codes",
                default="codes",
                max_length=5,
            ),
        ),
    ]
