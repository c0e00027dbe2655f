"""How django-allauth asks us for phones, mails and new accounts."""

from allauth.account.adapter import DefaultAccountAdapter


class SiteAdapter(DefaultAccountAdapter):
    """Connects the login library to our accounts."""
