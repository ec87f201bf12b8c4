"""The example's settings with a fast hash of passwords, for programs that send one with every request."""

from __future__ import annotations

from config.settings import *  # type: ignore[import-not-found]  # noqa: F403 - in the example's folder

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
