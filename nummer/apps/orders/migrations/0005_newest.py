"""The staff's list of orders begins with the newest, however many there are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_key_before_replay")]
    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["placed_at", "id"], name="order_newest"),
        )
    ]
