"""What every test shares: a database whose sessions hold the application's role."""

from __future__ import annotations

import os

os.environ.setdefault("NUMMER_AS_OWNER", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nummer.config.settings")
