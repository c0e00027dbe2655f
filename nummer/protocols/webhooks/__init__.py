"""How customers' servers are called: which addresses may be, and how a call is signed."""
