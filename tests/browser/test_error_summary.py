"""What a refusal names can be gone to by a click, and nothing that was entered is lost on the way."""

from tests.browser.conftest import Place


def test_a_link_of_the_summary_leads_to_its_entry_and_keeps_the_others(bench: Place) -> None:
    page, _ = bench.open("tian", "/supplies/equipment")
    page.locator("summary", has_text="Register equipment").click()
    form = page.locator("form[data-act='supplies/register-equipment']")
    form.locator("[name=name]").fill("Centrifuge 2")
    with page.expect_response(lambda answer: "/do/" in answer.url):
        form.locator("> button").first.click()
    wanted = page.locator(".act .against a", has_text="Calibrated until")
    wanted.wait_for()
    page.locator("body").evaluate("body => { body.dataset.stays = 'yes'; }")

    wanted.click()
    page.wait_for_timeout(300)

    assert page.evaluate("document.activeElement.name") == "calibrated_until"
    assert form.locator("[name=name]").input_value() == "Centrifuge 2"
    assert page.locator("body[data-stays=yes]").count() == 1  # the page was not loaded anew


def test_a_step_that_leads_to_another_page_is_no_lost_connection(bench: Place) -> None:
    page, _ = bench.open("tian", "/supplies/equipment")
    page.locator("summary", has_text="Register equipment").click()
    form = page.locator("form[data-act='supplies/register-equipment']")
    form.locator("[name=name]").fill("Centrifuge 2")
    form.locator("[name=calibrated_until]").fill(f"{bench.world.story.today:%Y}-12-31")
    form.locator("> button").first.click()
    page.wait_for_url("**/supplies/equipment/LME*")
    page.wait_for_timeout(300)
    assert not page.locator("[data-offline]").is_visible()
    assert not bench.hands.errors
