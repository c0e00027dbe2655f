"""Stock, slots and activations: who holds a number, for which service, until when."""
