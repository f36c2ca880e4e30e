"""What is given beside a picture: signal files, several files, strange names, earlier ECGs."""

import json

HOSTILE = "<img src=x onerror=alert(1)>.csv"


def hostile(value):
    """An answer with markup in each of its texts."""
    if isinstance(value, dict):
        return {key: hostile(part) for key, part in value.items()}
    if isinstance(value, list):
        return [hostile(part) for part in value]
    return HOSTILE if isinstance(value, str) else value


def answering(line):
    return lambda route: route.fulfill(body=f"{json.dumps(line)}\n")


def test_a_wfdb_record_is_chosen_as_two_files(page, give, answer_to, wfdb_record):
    give(page, *wfdb_record)
    assert page.inner_text("#result-file") == "100.hea"
    assert page.inner_text("#potassium") == f"{answer_to(*wfdb_record)['potassium']:.1f} mEq/L"
    assert not page.locator("#printed-page").is_visible()


def test_two_ecgs_at_once_are_not_taken(page, ecg_csv):
    name, content = ecg_csv
    page.set_input_files("#file", [{"name": n, "mimeType": "text/csv", "buffer": content} for n in (name, "b.csv")])
    assert "One ECG at a time" in page.inner_text("#drop-problem")
    assert page.locator("#start").is_visible()


def test_a_hostile_name_is_text(page, give, ecg_csv):
    give(page, (HOSTILE, ecg_csv[1]))
    assert "img src=x onerror=alert(1)" in page.inner_text("#result-file")
    page.click("#another")
    give(page, (HOSTILE, b"\x00 no ECG"), outcome="refusal")
    assert page.inner_text("#refusal-file") == HOSTILE
    page.click("#change-options")
    assert page.inner_text("#kept-name") == HOSTILE
    assert page.locator("img[src=x]").count() == 0


def test_nothing_that_the_service_says_is_taken_as_markup(page, give, answer_to, twelve_lead_page, page_without_ii):
    answer = hostile(answer_to(twelve_lead_page)) | {"warnings": [HOSTILE]}
    last = {"result": {"status": 200, "answer": answer}}
    last["refusal"] = {"status": 422, "problem": hostile(answer_to(page_without_ii))}
    for outcome, line in last.items():
        page.route("**/v1/estimate", answering(line))
        give(page, twelve_lead_page, outcome=outcome)
        assert page.inner_text(f"#{outcome}").count(HOSTILE) > 4
        assert page.locator("img[src=x]").count() == 0
        page.click("#another")


def test_a_file_is_dropped(page, ecg_csv):
    page.evaluate(
        """text => {
            const brought = new DataTransfer();
            brought.items.add(new File([text], "ecg.csv", {type: "text/csv"}));
            const told = {dataTransfer: brought, bubbles: true, cancelable: true};
            for (const kind of ["dragenter", "dragover", "drop"]) {
                document.body.dispatchEvent(new DragEvent(kind, told));
            }
        }""",
        ecg_csv[1].decode(),
    )
    page.wait_for_selector("#result:visible")
    assert page.inner_text("#result-file") == "ecg.csv"


def test_an_earlier_ecg_makes_it_personal(page, give, ecg_csv):
    give(page, ecg_csv)
    assert "earlier ECG" not in page.inner_text("#interval")
    page.click("#personalise")
    page.click("#estimate-kept")
    assert "Choose the earlier ECG" in page.inner_text("#options-problem")
    earlier = {"name": "then.csv", "mimeType": "text/csv", "buffer": ecg_csv[1]}
    page.set_input_files("#reference-rows input[type=file]", earlier)
    page.click("#estimate-kept")
    assert "Give the potassium of the blood test" in page.inner_text("#options-problem")
    assert page.evaluate("document.activeElement.type") == "number"
    page.keyboard.type("5.0")
    page.select_option("#prior", "dialysis")
    page.click("#estimate-kept")
    page.wait_for_selector("#result:visible")
    assert page.inner_text("#interval").endswith("and 1 earlier ECG with a blood test on the prior dialysis")
    assert not page.locator("#options-problem").is_visible()
