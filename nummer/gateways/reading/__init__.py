"""Reads letters in a drawn page with tesseract, where the operator has it (ADR 439)."""
