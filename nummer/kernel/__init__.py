"""Words that every floor uses: money, phone numbers, the clock, refusals, ids."""
