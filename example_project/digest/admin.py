"""The sent items in the admin."""

from django.contrib import admin

from digest.models import SentItem


@admin.register(SentItem)
class SentItemAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none when it runs
    """The items that were sent. Deleting a row allows its item to be sent again."""

    list_display = ("title", "feed_url", "sent_at")
    date_hierarchy = "sent_at"
    search_fields = ("title", "guid")
