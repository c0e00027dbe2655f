"""`slot_next` finds what `slot_free` found: the next free slot, and how many there are."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("numbers", "0008_next_slot")]
    operations = [migrations.RemoveIndex(model_name="slot", name="slot_free")]
