"""The sandbox's DIDWW: an account at a wholesaler of numbers, in JSON:API as its version 3 has it.

`coverage` is what it sells, `objects` are reservations, orders and numbers, `document` writes
JSON:API, `api` answers HTTP, `telling` signs and brings callbacks, `papers` takes sealed files,
`registering` looks at who holds a number. It
is written from DIDWW's public reference; no number is real (ADR 43) and no money moves. The last
two digits of a number say what goes wrong with it (`objects.Trouble`).
"""
