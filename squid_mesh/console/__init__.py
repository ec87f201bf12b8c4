"""The operators' console: pages of the Django admin beside those of the models. Only the admin imports it."""
