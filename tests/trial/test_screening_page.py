"""A screening that lacks answers names the rows that lack them, and keeps all others."""

import re

from lims.demonstration import treating
from lims.demonstration.cast import PASSWORD
from lims.protocol.queries import Asked, trial_in_force
from lims.protocol.questions import CriterionKind
from tests.nothing_wrong.doing import token_of
from tests.support.worlds import World

LACKING = ("c-peptide", "allergic")


def test_what_is_missing_is_told_at_its_own_row_behind_computed_ones(world: World) -> None:
    number = treating.registered(world.story, "XY", "H77")
    client = world.client("ines")
    with world.site.reading() as session:
        asked = trial_in_force(Asked(session, world.clock.now)).eligibility
    form = {
        "csrf_token": token_of(client), "_key": "k" * 32, "participant": number,
        "_fixed": "participant", "_sign_login": "ines", "_sign_password": PASSWORD,
    }  # fmt: skip
    lacking = []
    for at, criterion in enumerate(asked):
        if criterion.computed:
            continue
        form[f"answers.{at}.code"] = criterion.code
        if criterion.code.startswith(LACKING) or "allerg" in criterion.code:
            lacking.append(at)
        elif criterion.kind in {CriterionKind.YES, CriterionKind.NO}:
            form[f"answers.{at}.value"] = str(criterion.kind)
        else:
            form[f"answers.{at}.value"] = "9"
    assert len(lacking) > 1

    refused = client.post("/do/trial/screen-participant", data=form)

    assert refused.status_code == 422
    wrong = re.findall(r'<tr id="c(\d+)-row" class="wrong">', refused.text)
    assert [int(at) for at in wrong] == lacking
    kept = len(re.findall(r'value="9"', refused.text)) + refused.text.count(" checked")
    assert kept >= len([name for name in form if name.endswith(".value")])
