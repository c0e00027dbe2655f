"""Files in sealed slices; what is known about viruses in them."""

import django.db.models
from django.db import migrations, models
from django.db.models import Q

PLACE = "identity_document.content"


def move_files(apps, schema_editor):
    """Seal what was kept in one piece anew, as uploads that nobody has looked at yet."""
    from nummer.apps.vault.actions import unseal_bytes
    from nummer.apps.vault.keys import KeyClass
    from nummer.apps.vault.streams import seal_file

    document, slices = apps.get_model("identity", "Document"), apps.get_model("identity", "Slice")
    papers = apps.get_model("identity", "Papers")
    for row in document.objects.filter(content__isnull=False).order_by("account_id", "id"):
        whose = {"account_id": row.account_id, "klass": KeyClass.PAPERS, "row": row.id}
        content = unseal_bytes(bytes(row.content), place=PLACE, **whose)
        for number, piece in enumerate(seal_file(content, place="identity_slice.upload", **whose)):
            slices.objects.create(
                account_id=row.account_id,
                document_id=row.id,
                part="upload",
                number=number,
                content=piece,
            )
        row.checked = "held"
        row.check_at = papers.objects.get(account_id=row.account_id, id=row.papers_id).handed_in_at
        row.save(update_fields=["checked", "check_at"])


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_dossiers")]

    operations = [
        migrations.CreateModel(
            name="Slice",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "document_id",
                        "part",
                        "number",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("document_id", models.UUIDField()),
                (
                    "part",
                    models.CharField(
                        choices=[("upload", "upload"), ("copy", "copy")], max_length=6
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("content", models.BinaryField()),
            ],
        ),
        migrations.AddField(
            "Document",
            "checked",
            models.CharField(
                choices=[
                    ("held", "held"),
                    ("unscanned", "unscanned"),
                    ("released", "released"),
                    ("clean", "clean"),
                    ("refused", "refused"),
                ],
                default="clean",
                max_length=9,
            ),
            preserve_default=False,
        ),
        migrations.AddField("Document", "check_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "Document", "released_by", models.CharField(blank=True, default="", max_length=40)
        ),
        migrations.AddField("Document", "release", models.BinaryField(null=True)),
        migrations.RunPython(move_files, migrations.RunPython.noop),
        migrations.RemoveField("Document", "content"),
        migrations.AddConstraint(
            "Document",
            models.CheckConstraint(
                condition=Q(checked="held") | Q(check_at=None),
                name="document_is_asked_about_while_held",
            ),
        ),
        migrations.AddConstraint(
            "Document",
            models.CheckConstraint(
                condition=Q(("checked", "released"), models.Q(("released_by", ""), _negated=True))
                | Q(
                    models.Q(("checked", "released"), _negated=True),
                    ("release", None),
                    ("released_by", ""),
                ),
                name="document_is_released_by_somebody",
            ),
        ),
        migrations.AddIndex(
            "Document",
            models.Index(
                fields=["check_at"],
                name="documents_to_check",
                condition=Q(check_at__isnull=False),
            ),
        ),
    ]
