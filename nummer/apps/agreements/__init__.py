"""Published documents and restriction texts: versions, acceptances, consents.

Sign-up and the creation of a key are verbs of this app, since both need an acceptance.

Invariants:
- A published text never changes (trigger); a new text is a new dated version, in every language
  at once; terms, refund policy and privacy notice take effect MIN_NOTICE after they were
  published, the first installation at once (PP-5.1b).
- An acceptance names version, language and hash of the very text that was shown; acceptances
  only grow (grants).
- A consent is a yes or a no with the words that were read; consents only grow (grants), and the
  newest of a purpose counts (`consents`).
- No key without the acceptance of KEY_DOCUMENTS; a newer version in force refuses the key's
  purchases until it is accepted (`current_for_key`).
- A consent to offers is a row for each purpose and channel. What is sent under it is sent while its
  row is locked, so no offer leaves after a withdrawal (ADR 416).

Clauses: PP-1.3, PP-5.1a, PP-5.1b, LD-R0, RP-X4, PP-L.
"""
