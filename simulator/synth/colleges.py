"""The colleges of generated football. All of them are invented; none means a real one."""

from typing import Final

from engine.core.events import Team

_NAMES: Final = (
    ("Harbor State", "HRB"), ("Quarrystone", "QRY"), ("Lakemoor Tech", "LMT"),
    ("Thornfell", "THF"), ("Copper Basin A&T", "CBA"), ("Saltmarsh State", "SMS"),
    ("Ironridge", "IRN"), ("Windrow Plains", "WNP"), ("Bracken Hollow", "BRH"),
    ("Port Ember", "PTE"), ("Juniper Flats State", "JFS"), ("Cinderbluff", "CIN"),
    ("Elkwater Tech", "ELK"), ("Marrow Sound", "MRS"), ("Granite Ferry", "GRF"),
    ("Old Meridian", "OMD"), ("Tallgrass State", "TLG"), ("Sablewood", "SBW"),
    ("Foxglove Valley", "FXG"), ("Northmere", "NMR"), ("Driftwood A&T", "DFW"),
    ("Cobalt Springs", "COB"), ("Hollin Gap State", "HGS"), ("Verdant Ridge", "VRD"),
    ("Millrace Tech", "MLR"), ("Pinnacle Bay", "PNB"), ("Ashgrove State", "ASG"),
    ("Ravenport", "RVP"), ("Lantern Hills", "LNH"), ("Mesa Alta State", "MAS"),
    ("Stillwharf", "STW"), ("Oxbow Tech", "OXB"), ("Kestrel Point", "KSP"),
    ("Bramblegate", "BRG"), ("Summerhold State", "SUM"), ("Gullhaven", "GUL"),
    ("Redcedar Plateau", "RCP"), ("Whitlock Range", "WHR"), ("Tanglewater", "TNG"),
    ("Sunder Creek State", "SCS"),
)  # fmt: skip

COLLEGES: Final = tuple(
    Team(str(number), name, abbreviation) for number, (name, abbreviation) in enumerate(_NAMES, start=9001)
)
