"""Where payment providers and wholesalers tell us what became of it: signed, no pages."""
