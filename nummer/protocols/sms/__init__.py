"""Short messages as networks write them: alphabets, parts, receipts; nothing is ever refused."""
