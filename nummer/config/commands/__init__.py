"""The commands of `nummer`, a module each."""
