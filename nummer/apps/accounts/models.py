"""Tables of accounts and logins."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Account(models.Model):
    """The directory of customers; every customer-owned row carries this id."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=7)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    locale = models.CharField(max_length=5)
    created_at = models.DateTimeField()
    email_confirmed_at = models.DateTimeField(null=True)
    phone_confirmed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)


class Login(AbstractBaseUser):
    """A person who can sign in: a customer's (with an account) or a member of the staff."""

    email = models.EmailField(unique=True, null=True)
    account = models.ForeignKey(Account, null=True, on_delete=models.PROTECT)
    staff_role = models.CharField(max_length=10, default="")
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[BaseUserManager[Login]] = BaseUserManager()
