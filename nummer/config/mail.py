"""How mails leave."""

from django.core.mail.backends.locmem import EmailBackend


class OutgoingMail(EmailBackend):
    """Placeholder until the mail link is built."""
