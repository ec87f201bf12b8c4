"""The customers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("country", models.CharField(help_text="ISO 3166 code, such as GB.", max_length=2)),
                (
                    "plan",
                    models.CharField(
                        choices=[("standard", "Standard"), ("premium", "Premium")],
                        default="standard",
                        max_length=10,
                    ),
                ),
                (
                    "account",
                    models.CharField(
                        choices=[("none", "None"), ("trial", "Trial"), ("full", "Full")],
                        default="none",
                        max_length=10,
                    ),
                ),
                ("editor", models.CharField(blank=True, max_length=100)),
                ("note_to_support", models.CharField(blank=True, max_length=200)),
                ("registry_asked_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ("name", "pk"),
            },
        ),
    ]
