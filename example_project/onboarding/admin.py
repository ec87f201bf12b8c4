"""The customers in the admin."""

from django.contrib import admin

from onboarding.models import Customer


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none when it runs
    """The customers and their accounts."""

    list_display = ("name", "country", "plan", "account", "editor", "note_to_support")
    list_filter = ("plan", "account")
    search_fields = ("name",)
