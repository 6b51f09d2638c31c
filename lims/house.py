"""All three doors in one process: the default."""

from lims import lab, vault, ward

DOORS = [lab.DOOR, ward.DOOR, vault.DOOR]
# A fact that both sides react to has the reactions of both, each once.
REACTIONS = {
    fact: tuple(dict.fromkeys((*lab.REACTIONS.get(fact, ()), *ward.REACTIONS.get(fact, ()))))
    for fact in (*lab.REACTIONS, *ward.REACTIONS)
}
