"""The sandbox's Google: people with accounts there, and OpenID Connect in Google's form."""
