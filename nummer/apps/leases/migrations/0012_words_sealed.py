"""What a carrier said of a number that it took away is sealed with the holder's key.

Words that stand there are sealed here; of an account that was erased since they are dropped. They
are emptied before their column goes: a dropped column leaves its bytes in the rows.
"""

from django.db import migrations, models

from nummer.apps.vault.actions import seal_text
from nummer.apps.vault.errors import KeyDestroyed
from nummer.apps.vault.keys import KeyClass


def _seal(apps, schema_editor):
    lost = apps.get_model("leases", "Replacement").objects
    told = (
        lost.exclude(said="").order_by("account_id", "id").values_list("account_id", "id", "said")
    )
    for account_id, replacement_id, said in list(told):
        try:
            sealed = seal_text(
                said,
                account_id=account_id,
                klass=KeyClass.COMMUNICATION,
                place="leases_replacement.words",
                row=replacement_id,
            )
        except KeyDestroyed:
            sealed = None
        lost.filter(account_id=account_id, id=replacement_id).update(words=sealed, said="")


class Migration(migrations.Migration):
    dependencies = [
        ("leases", "0011_searched_in_the_index"),
        ("vault", "0001_initial"),
    ]

    operations = [
        migrations.RenameField("replacement", "words", "said"),
        migrations.AddField("replacement", "words", models.BinaryField(null=True)),
        migrations.RunPython(_seal, migrations.RunPython.noop),
        migrations.RemoveField("replacement", "said"),
    ]
