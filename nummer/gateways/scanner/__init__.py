"""Asks a scanner for viruses, by clamd's protocol, and believes nothing but a clear word."""
