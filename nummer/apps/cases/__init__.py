"""Cases: what customers ask of us by mail, page and phone, and what we answer.

Issue 6 enlarges this app to support with its clocks; refunds and incidents take claims from it.

Invariants:
- A mail opens a case or continues one, and nothing else: no verb of another app is called for
  what a mail says, whoever seems to have signed it.
- The moment of receipt is stored with the message, and never changes; it starts every clock.
- No card number and no IBAN is stored: each text passes `kernel.redact`, each mail is scrubbed.
- A mail continues a case only by the case's signed token and from an address of that case;
  any other mail opens a case of its own.
- A case gets one receipt at most, and an address a few answers of machines a day.

Clauses: PP-1.3, PP-2.3, PP-4.1b, PP-6.1b, RP-T3, RP-T4, ADR 130 to 132.
"""
