from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0006_refund_latest"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                condition=models.Q(("outcome__in", ["paid_late", "other_sum"])),
                fields=["provider", "reference"],
                name="notice_beside",
            ),
        ),
    ]
