"""The sent items."""

import django.utils.timezone
from django.db import migrations, models

import squid_mesh.models.exact_text


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="SentItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("feed_url", squid_mesh.models.exact_text.ExactCharField(max_length=500)),
                ("guid", squid_mesh.models.exact_text.ExactCharField(max_length=200)),
                ("title", models.CharField(max_length=300)),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ("-sent_at", "-pk"),
                "constraints": [
                    models.UniqueConstraint(fields=("feed_url", "guid"), name="digest_item_sent_once")
                ],
            },
        ),
    ]
