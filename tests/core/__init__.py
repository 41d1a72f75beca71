"""The pure core: laws first (hypothesis, with planted faults), then examples from the rule book."""
