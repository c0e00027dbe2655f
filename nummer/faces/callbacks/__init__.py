"""Where payment providers tell us what became of a payment: signed messages, no pages."""
