"""What the vault keeps about people: whose keys exist, nothing else."""

from __future__ import annotations

from typing import Final

from nummer.policy.privacy import Inventory, NotPersonal

PERSONAL: Final[Inventory] = {
    "vault_subject_key": {
        "account_id": NotPersonal("number of a customer; the account's row tells who it is"),
        "klass": NotPersonal("kind of key"),
        "epoch": NotPersonal("count of keys"),
        "wrapped": NotPersonal("random bytes"),
        "destroyed_at": NotPersonal("proof that an erasure was done"),
    }
}
