"""Models of win probability behind one interface (`interface.py`), chosen by name (`catalogue.py`)."""
