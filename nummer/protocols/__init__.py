"""How machines speak: codecs and sessions without sockets."""
