"""People and companies with a login, verified contacts, API keys, login activity.

Owns: the directory of customers, logins, phones, credentials of programs, the record of logins,
the history of profiles (ADR 430), the members of an account and the log of their deeds (ADR 432).
Sign-up and the creation of keys need an acceptance and are verbs of `agreements`.

Invariants:
- A confirmed phone belongs to one account, and is never one of our own numbers (LD-R1).
- Phones, IP addresses, agents, labels and tokens are sealed; a phone is found by its blind index.
- A key's secret is shown once; we keep its hash. A key has a form, classic or hero, in the column
  `dialect` (ADR 90); who relies on what he knew of it asks `accounts_key_lives` in SQL (ADR 75).

How the login library (django-allauth) reaches us, for the adapter in `faces.site`:
- `new_user`          nothing to do, an unsaved Login of `get_user_model()`
- `save_user`         `agreements.actions.sign_up(login=user, …)` fills and saves it
- `clean_email`       `accounts.emails.normalise_email`
- `clean_phone`       `accounts.queries.require_usable_phone(PhoneNumber.parse(…))`
- `confirm_email`     `accounts.actions.confirm_email(user.account_id, now=…)`
- `set_phone`         `accounts.actions.set_phone(user.account_id, number=…, confirmed=…, now=…)`;
                      sign-up has stored the phone already, saying it again changes nothing
- `get_phone`         `accounts.queries.phone(user.account_id)` → PhoneRow(number, confirmed)
- `set_phone_verified` `accounts.actions.confirm_phone(user.account_id, number=…, now=…)`
- `get_user_by_phone` `accounts.queries.login_by_phone(number)`
- a login, good or bad: `accounts.actions.record_login(…)`

Clauses: PP-1.2a, PP-4.1a, LD-R1, LD-R3, LD-A1, LD-A4, LD-D1, LD-D3, LD-D6.
"""
