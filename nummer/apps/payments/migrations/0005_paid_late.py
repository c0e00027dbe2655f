from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0004_wished"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("credited", "Credited"),
                    ("noted", "Noted"),
                    ("captured_twice", "Captured Twice"),
                    ("paid_before", "Paid Before"),
                    ("waiting", "Waiting"),
                    ("unknown_reference", "Unknown Reference"),
                    ("other_sum", "Other Sum"),
                    ("other_customer", "Other Customer"),
                    ("paid_late", "Paid Late"),
                    ("ignored", "Ignored"),
                ],
                max_length=17,
            ),
        ),
    ]
