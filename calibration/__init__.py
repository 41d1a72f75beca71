"""How good the probabilities are; fitting, scoring, reliability, the report and the gates."""
