"""The verbs of facts; each module holds those of one kind of teller.

`facts` writes what happened to one customer, `scopes` what concerns many, `notices` what a carrier
signed, `abuse` and `blocks` what two persons decide, `keys` what carriers sign with.
"""
