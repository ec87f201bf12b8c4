"""Host projects that differ in their settings: databases, routers, users, locale, logging, admin."""
