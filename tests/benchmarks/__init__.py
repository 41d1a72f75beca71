"""What measures must itself be right: counts, ratios, bars, and what is noticed when it is missing."""
