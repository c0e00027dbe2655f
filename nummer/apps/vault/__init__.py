"""Keys, sealed fields and blind indexes; knows account ids, not accounts.

Owns: one table of wrapped keys. Each customer has a key for each `KeyClass`; what is sealed can
be read only with the customer's key, at the place and in the row for which it was sealed.

Invariants:
- A wrapped key opens only as the key of its own account, class and epoch.
- A sealed value opens only for its own place, row and account.
- A destroyed key stays as an empty row, so that it is never made again; sealing and unsealing
  with it is refused (`KeyDestroyed`). A class that is only emptied goes on with a key of the next
  epoch (`replace_key`).

Clauses: PP-2.3a, PP-2.5a, PP-2.6, PP-4.2.
"""
