"""All three doors in one process: the default."""

from lims import lab, vault, ward

DOORS = [lab.DOOR, ward.DOOR, vault.DOOR]
REACTIONS = {**lab.REACTIONS, **ward.REACTIONS}
