"""Django's settings, derived from the environment."""

from __future__ import annotations

from datetime import timedelta
from email.utils import formataddr
from typing import Any, Final

from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from nummer.config.database import connection_settings
from nummer.config.env import CHECKOUT, environment
from nummer.config.identity import operator
from nummer.config.secrets import secret_text

ENV: Final = environment()
SANDBOX: Final = ENV.mode == "sandbox"

SECRET_KEY = secret_text(ENV.secrets, "django")
DEBUG = False
ALLOWED_HOSTS = ["*"] if SANDBOX else [ENV.public_url.split("://", 1)[1].split(":")[0]]
CSRF_TRUSTED_ORIGINS = [ENV.public_url]

APPS: Final = [
    "vault",
    "audit",
    "outbound",
    "visits",
    "alerts",
    "accounts",
    "standing",
    "agreements",
    "ledger",
    "notify",
    "webhooks",
    "cases",
    "catalogue",
    "identity",
    "bundles",
    "payments",
    "numbers",
    "incidents",
    "leases",
    "supply",
    "orders",
    "messaging",
    "calls",
    "refunds",
    "probes",
    "payouts",
    "vouchers",
    "banking",
    "invoices",
    "marketing",
]

INSTALLED_APPS = [
    "nummer.faces.site",  # before the login library: our templates come first
    "nummer.faces.backoffice",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "nummer.faces.site.google",
    "csp",
    "django_htmx",
    "procrastinate.contrib.django",
    *(f"nummer.apps.{name}" for name in APPS),
    "nummer.config.apps.ConfigConfig",
    *(["nummer.suppliers.sandbox"] if SANDBOX else []),
]

MIDDLEWARE = [
    "nummer.config.middleware.RequestId",
    "nummer.faces.site.middleware.KnownCookies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "nummer.faces.site.middleware.NorwegianReaders",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "nummer.faces.site.open_sessions.SeenSessions",
    "nummer.faces.site.zones.OwnZone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "nummer.faces.site.rights.MembersRights",
    "django_htmx.middleware.HtmxMiddleware",
    "nummer.faces.site.visits.CountVisits",
    "nummer.faces.site.middleware.NoPaymentNumbers",
    "nummer.faces.site.middleware.ClearAnswers",
]

ROOT_URLCONF = "nummer.config.urls"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
                "nummer.faces.site.context.page",
            ],
        },
    }
]

DATABASES = {"default": connection_settings(ENV)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "config_cache",  # rate limits of the login must be shared by all processes
        # Django's 300 are soon full, and then counters go that hold an attacker back.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("nb", _("Norwegian")), ("de", _("German"))]
LOCALE_PATHS = [CHECKOUT / "nummer" / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"

STATIC_URL = "/static/"
STATIC_ROOT = ENV.home / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = ENV.home / "uploads"
SANDBOX_FOLDER: Final = ENV.home / "sandbox"
DOCUMENTS: Final = CHECKOUT / "documents"

OPERATOR: Final = operator()  # who runs this installation; apps ask agreements.queries.operator
SITE_URL: Final = ENV.public_url
ANALYTICS_ID = ENV.analytics_id  # None: nothing of Google is ever loaded
NOTICE: Final = timedelta(days=ENV.notice_days)  # between publication and force of a document

AUTH_USER_MODEL = "accounts.Login"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "nummer.faces.site.adapter.SiteAdapter"
ACCOUNT_FORMS = {
    "signup": "nummer.faces.site.forms.SignupForm",
    "confirm_login_code": "nummer.faces.site.sign_in.CodeForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True  # our adapter takes the time of a mail and sends none
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PHONE_VERIFICATION_ENABLED = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # only in the session that is signing up
# a form that asks for the password first is sent twice: before and after
ACCOUNT_RATE_LIMITS = {"change_phone": "4/m/user"}
if SANDBOX:  # everybody comes from one address there
    ACCOUNT_RATE_LIMITS |= {
        "verify_phone": "1/5s/key,100/m/ip",
        "signup": "100/m/ip",
        "login": "300/m/ip",
        "confirm_email": "1/5s/key",
    }
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}  # three tries each
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
SOCIALACCOUNT_ADAPTER = "nummer.faces.site.google.adapter.GoogleSignIn"
SOCIALACCOUNT_FORMS = {"signup": "nummer.faces.site.forms.GoogleSignupForm"}
SOCIALACCOUNT_AUTO_SIGNUP = False  # a phone, a country and the accepted texts are asked for
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # an equal address proves nothing (ADR 400)
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5  # seconds
SOCIALACCOUNT_PROVIDERS = {
    "google": {"SCOPE": ["openid", "email", "profile"], "OAUTH_PKCE_ENABLED": True}
}
MFA_ADAPTER = "nummer.faces.site.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "authenticate": "nummer.faces.site.sign_in.SecondFactorForm",
    "authenticate_webauthn": "nummer.faces.site.sign_in.SecondPasskeyForm",
    "login_webauthn": "nummer.faces.site.sign_in.PasskeyLoginForm",
    "add_webauthn": "nummer.faces.site.sign_in.AddPasskeyForm",
    "edit_webauthn": "nummer.faces.site.sign_in.RenamePasskeyForm",
}
ACCOUNT_DEFAULT_HTTP_PROTOCOL = ENV.public_url.split("://")[0]


VISITOR: Final = {  # whom prices are shown to before sign-in, by the language of his pages
    "en": {"currency": "EUR", "country": "NO", "kind": "person"},
    "nb": {"currency": "NOK", "country": "NO", "kind": "person"},
    "de": {"currency": "EUR", "country": "DE", "kind": "person"},
}

SESSION_ENGINE = "nummer.faces.site.sessions"
SESSION_SERIALIZER = "nummer.faces.site.sessions.SealedSerializer"
ALLAUTH_TRUSTED_PROXY_COUNT = 0 if SANDBOX else 1  # who asks, for its limits on guessing
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not SANDBOX
# The one trusted proxy sets it anew (deploy/); it tells browsers to come by TLS alone.
SECURE_PROXY_SSL_HEADER = None if SANDBOX else ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = False  # the operator's proxy ends TLS
SECURE_HSTS_SECONDS = 0 if SANDBOX else int(timedelta(days=365).total_seconds())
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 25_000_000  # as a page's body: no file lies on a disk in clear
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *ENV.forms_lead_to],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

EMAIL_BACKEND = "nummer.config.mail.OutgoingMail"
# Machines answer the sender, people where Reply-To leads: the official mailbox.
DEFAULT_FROM_EMAIL = formataddr((OPERATOR.brand, "no-reply@" + OPERATOR.mailbox.rpartition("@")[2]))

PROCRASTINATE_ON_APP_READY = "nummer.config.jobs.register"
LOGGING_CONFIG = "nummer.config.logs.configure"
LOGGING: dict[str, Any] = {}
SILENCED_SYSTEM_CHECKS: list[str] = []
