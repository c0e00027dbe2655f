"""Countries, carriers, services, prices, taxes, and what is said beside a one-time number.

`partners` knows who brings the numbers of a carrier by the protocol of partners.

The lists a new installation starts with are YAML files beside this text, each with a version;
`actions.install_services` writes them into the tables and leaves alone what staff decided since.

Invariants:
- of a service, country and currency exactly one price holds at a moment: the latest whose
  `from_at` has come; a row without a sum ends the offer (ADR 41);
- a price is a whole number of minor units, tax is rounded up to one, their sum is the total;
- a push of a partner is taken once, however often he repeats it (ADR 91);
- a notice that was published under a version never changes its words.
"""
