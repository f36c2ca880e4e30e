"""The API as a program meets it: a running service, spoken to over HTTP."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from kalemia import cli
from kalemia.shipped import EXAMPLE
from kalemia.simulation import simulate_recording


def command_line(monkeypatch, capsys, *arguments):
    monkeypatch.setattr("sys.argv", ["kalemia", *map(str, arguments)])
    with pytest.raises(SystemExit):
        cli.main()
    return capsys.readouterr()


def problem(response, status, error):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told = response.json()
    assert (told["status"], told["error"]) == (status, error)
    assert told["request_id"] == response.headers["x-request-id"]
    return told


def test_a_photograph_gives_what_the_command_line_gives(client, form, photo, monkeypatch, capsys):
    answer = client.post("/v1/estimate", files=form(photo)).json()
    said = json.loads(command_line(monkeypatch, capsys, "estimate", EXAMPLE, "--json").out)
    assert {key: answer[key] for key in said} == {**said, "file": photo[0]}
    assert answer["unit"] == "mEq/L"
    assert "not a medical device" in answer["notice"]
    assert answer["details"] is None


def test_samples_give_what_a_file_with_them_gives(client, form, ecg_csv, samples):
    from_file = client.post("/v1/estimate", files=form(ecg_csv)).json()
    from_json = client.post("/v1/estimate", json=samples).json()
    assert from_json["potassium"] == pytest.approx(from_file["potassium"], abs=0.005)
    assert from_json["file"] == "samples"


def test_samples_without_a_name_and_with_gaps(client, samples):
    lead = list(samples["samples"]["II"])
    lead[2000:2100] = [None] * 100
    answer = client.post("/v1/estimate", json={**samples, "samples": lead}).json()
    assert not answer["abstained"]


def test_samples_of_a_named_lead(client, samples):
    lead = samples["samples"]["II"]
    named = client.post("/v1/estimate", json={**samples, "samples": lead, "lead": "II"}).json()
    assert named["potassium"]
    assert not named["warnings"]
    other = client.post("/v1/estimate", json={**samples, "samples": lead, "lead": "V1"})
    assert "no lead II" in problem(other, 422, "MissingLead")["detail"]
    asked = {**samples, "samples": lead, "lead": "V1"}
    assert client.post("/v1/delineate", json=asked).json()["waves"]["QRS"]


def test_samples_in_microvolts(client, samples):
    in_uv = {**samples, "samples": {"II": [1000 * sample for sample in samples["samples"]["II"]]}, "unit": "uV"}
    numbers = [client.post("/v1/estimate", json=asked).json()["potassium"] for asked in (samples, in_uv)]
    assert numbers[0] == pytest.approx(numbers[1], abs=0.01)


def test_an_abstention_is_an_answer(client, form, flat_csv):
    response = client.post("/v1/estimate", files=form(flat_csv), data={"fs": "500", "unit": "mV"})
    assert response.status_code == 200
    answer = response.json()
    assert answer["abstained"]
    assert answer["potassium"] is None
    assert answer["reason"]


def test_a_wfdb_record_is_a_header_with_its_signal_files(client, form):
    signal = np.round(simulate_recording(5.0, seed=2).recording.signal[0] * 1000).astype("<i2")
    header = f"100 1 500 {len(signal)}\n100.dat 16 1000(0)/mV 16 0 0 0 0 II\n".encode()
    parts = form(("100.dat", signal.tobytes()), ("100.hea", header))
    answer = client.post("/v1/estimate", files=parts).json()
    assert answer["file"] == "100.hea"
    assert answer["potassium"]
    alone = client.post("/v1/estimate", files=form(("100.hea", header)))
    assert "it names is not there" in problem(alone, 422, "FileMissing")["detail"]


def test_an_earlier_ecg_makes_it_personal(client, ecg_csv):
    parts = [("file", ecg_csv), ("reference_file", ("then.csv", ecg_csv[1]))]
    alone = client.post("/v1/estimate", files=[("file", ecg_csv)]).json()
    answer = client.post("/v1/estimate", files=parts, data={"reference_potassium": "5.0"}).json()
    assert (alone["references"], answer["references"]) == (0, 1)
    assert abs(answer["potassium"] - 5.0) < abs(alone["potassium"] - 5.0)  # the very ECG that went with 5.0
    unpaired = client.post("/v1/estimate", files=parts)
    assert "1 earlier ECGs but 0 blood tests" in problem(unpaired, 422, "ConfigError")["detail"]


def test_a_refused_earlier_ecg_does_not_pass_for_the_page(client, twelve_lead_page):
    blank = io.BytesIO()
    Image.new("RGB", (800, 600), "white").save(blank, "PNG")
    parts = [("file", twelve_lead_page), ("reference_file", ("then.png", blank.getvalue()))]
    sent = {"reference_potassium": "5.0", "detail": "full"}
    told = problem(client.post("/v1/estimate", files=parts, data=sent), 422, "InputError")
    assert told["detail"].startswith("then.png: ")
    assert "no use as a reference" in told["detail"]
    assert told["page"] is None


def test_an_earlier_ecg_as_samples(client, samples):
    asked = {**samples, "references": [{**samples, "potassium": 5.0}], "prior": "dialysis"}
    answer = client.post("/v1/estimate", json=asked).json()
    assert (answer["references"], answer["prior"]) == (1, "dialysis")


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        ({"model": "other"}, "ModelMissing", "other: no such model. There are: default"),
        ({"model": "/etc"}, "ModelMissing", "no such model"),
        ({"prior": "zoo"}, "ConfigError", "no prior 'zoo'"),
        ({"gain_mm_per_mv": "0"}, "ConfigError", "gain_mm_per_mv: input should be greater"),
        ({"unit": "mV", "fs": "250"}, "InvalidSignal", "sampled at 500 Hz by its own statement"),
    ],
)
def test_a_field_that_cannot_be(client, form, ecg_csv, data, error, said):
    assert said in problem(client.post("/v1/estimate", files=form(ecg_csv), data=data), 422, error)["detail"]


def test_a_refused_page_has_the_text_of_the_command_line(client, form, tmp_path, monkeypatch, capsys):
    blank = tmp_path / "blank.png"
    Image.new("RGB", (800, 600), "white").save(blank)
    said = command_line(monkeypatch, capsys, "estimate", blank)
    told = problem(client.post("/v1/estimate", files=form(("blank.png", blank.read_bytes()))), 422, "NoGrid")
    assert told["detail"] == said.err.splitlines()[0]
    assert told["title"] == "The picture has no millimetre grid"
    assert told["advice"]
    assert told["page"] is None


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("notes.txt", b"", "EmptyFile"),
        ("letter.bin", bytes(range(256)) * 8, "UnknownFormat"),
        ("ecg.csv", b"ii_mv\n0.1\n0.2\n", "MissingSamplingRate"),
        ("page.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "CorruptFile"),
        ("../../etc/passwd.edf", b"not an EDF at all, but long enough to be looked at" * 20, "CorruptFile"),
    ],
)
def test_an_unreadable_file(client, form, name, content, error):
    response = client.post("/v1/estimate", files=form((name, content)))
    told = problem(response, 422, error)
    assert told["detail"].startswith(name.rpartition("/")[2])


def test_nothing_to_read(client):
    told = problem(client.post("/v1/estimate", files={"fs": (None, "500")}), 422, "InputError")
    assert 'form field "file"' in told["detail"]


def test_details_are_all_that_the_page_draws(client, form, photo):
    details = client.post("/v1/estimate", files=form(photo), data={"detail": "full"}).json()["details"]
    strip, cycles, page = details["strip"], details["cycles"], details["page"]
    assert len(strip["cleaned_mv"]) == len(strip["as_read_mv"])
    assert all(0 <= mark[1] < len(strip["cleaned_mv"]) for wave in ("P", "QRS", "T") for mark in strip["waves"][wave])
    assert all(len(cycle) == len(cycles["mean"]) == 512 for cycle in cycles["single"])
    assert np.allclose(np.mean(cycles["single"], axis=0), cycles["mean"], atol=2e-4)
    assert len(details["attribution"]["window_ms"]) == len(details["attribution"]["change"])
    overlay = Image.open(io.BytesIO(base64.b64decode(page["overlay"].removeprefix("data:image/jpeg;base64,"))))
    chosen = [stretch for stretch in page["strips"] if stretch["chosen"]]
    assert len(chosen) == 1
    assert chosen[0]["lead"] == "II"
    assert all(0 <= x <= overlay.width and 0 <= y <= overlay.height for x, y in chosen[0]["box"])
    assert details["quality"]["verdict"] == "good"


def test_correction_by_hand(client, form, twelve_lead_page):
    def read(**data):
        sent = {"detail": "full", **data}
        return client.post("/v1/estimate", files=form(twelve_lead_page), data=sent).json()["details"]["page"]

    as_found = read()
    assert read(speed_mm_per_s="50")["seconds"] == pytest.approx(as_found["seconds"] / 2, rel=0.01)
    assert read(gain_mm_per_mv="5")["gain_mm_per_mv"] == 5
    other = next(stretch for stretch in as_found["strips"] if stretch["lead"] == "V2")
    by_hand = read(strip=str(other["number"]))
    assert [stretch["number"] for stretch in by_hand["strips"] if stretch["chosen"]] == [other["number"]]
    assert by_hand["evidence"]["lead"] == "given"


def test_a_page_on_its_head_is_turned_by_hand(client, form):
    turned = io.BytesIO()
    Image.open(EXAMPLE).transpose(Image.Transpose.ROTATE_180).save(turned, "JPEG", quality=95)
    response = client.post(
        "/v1/estimate", files=form(("turned.jpg", turned.getvalue())), data={"rotation_deg": "180", "detail": "full"}
    )
    upright = client.post("/v1/estimate", files=form((EXAMPLE.name, EXAMPLE.read_bytes()))).json()
    assert response.json()["potassium"] == pytest.approx(upright["potassium"], abs=0.3)
    assert response.json()["details"]["page"]["rotation_deg"] == 180


def test_stages_are_told_as_they_begin(client, form, photo):
    with client.stream(
        "POST", "/v1/estimate", files=form(photo), data={"detail": "full"}, headers={"Accept": "application/x-ndjson"}
    ) as response:
        lines = [json.loads(line) for line in response.iter_lines()]
    stages = [line["stage"] for line in lines[:-1]]
    assert stages == ["waiting", "file", "grid", "curves", "leads", "scales", "estimate", "pictures"]
    assert lines[-1]["status"] == 200
    assert lines[-1]["answer"]["potassium"]


def test_a_stream_ends_with_the_problem(client, form):
    sent = form(("letter.bin", bytes(range(256)) * 8))
    response = client.post("/v1/estimate", files=sent, headers={"Accept": "application/x-ndjson"})
    last = json.loads(response.text.splitlines()[-1])
    assert (last["status"], last["problem"]["error"]) == (422, "UnknownFormat")


def test_the_report_is_a_page_to_save(client, form, photo):
    response = client.post("/v1/estimate", files=form(photo), headers={"Accept": "text/html"})
    assert response.headers["content-disposition"].startswith('attachment; filename="simulated_patient-report.html"')
    assert "sandbox" in response.headers["content-security-policy"]
    assert "mEq/L" in response.text


def test_the_strip_as_csv(client, form, photo, ecg_csv):
    for sent in (photo, ecg_csv):
        response = client.post("/v1/estimate", files=form(sent), headers={"Accept": "text/csv"})
        lines = response.text.splitlines()
        assert lines[0] == "time_s,ii_mv"
        assert len(lines) > 4000
    digitized = client.post("/v1/digitize", files=form(photo), headers={"Accept": "text/csv"})
    assert digitized.text.splitlines()[0] == "time_s,ii_mv"


def test_a_fhir_observation(client, form, ecg_csv):
    response = client.post("/v1/estimate", files=form(ecg_csv), headers={"Accept": "application/fhir+json"})
    assert response.headers["content-type"] == "application/fhir+json"
    assert response.json()["resourceType"] == "Observation"
    assert response.json()["valueQuantity"]["code"] == "meq/L"


def test_digitize_gives_the_curve(client, form, photo, monkeypatch, capsys):
    answer = client.post("/v1/digitize", files=form(photo)).json()
    said = json.loads(command_line(monkeypatch, capsys, "digitize", EXAMPLE, "--json").out)
    assert {key: answer[key] for key in answer if key not in ("file", "signal_mv")} == {
        key: said[key] for key in said if key not in ("file", "csv", "overlay")
    }
    assert len(answer["signal_mv"]["II"]) > 4000


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_digitize_gives_the_page_with_the_curve(client, form, photo, kind):
    response = client.post("/v1/digitize", files=form(photo), headers={"Accept": f"image/{kind.lower()}"})
    assert Image.open(io.BytesIO(response.content)).format == kind


def test_digitize_reads_pages_alone(client, form, ecg_csv, samples):
    problem(client.post("/v1/digitize", files=form(ecg_csv)), 422, "UnknownFormat")
    problem(client.post("/v1/digitize", json=samples), 415, "UnknownContentType")


def test_delineate_gives_the_waves(client, form, ecg_csv, samples, tmp_path, monkeypatch, capsys):
    file = tmp_path / ecg_csv[0]
    file.write_bytes(ecg_csv[1])
    said = json.loads(command_line(monkeypatch, capsys, "delineate", file, "--json").out)
    assert client.post("/v1/delineate", files=form(ecg_csv)).json() == {**said, "file": ecg_csv[0]}
    from_json = client.post("/v1/delineate", json=samples).json()
    assert len(from_json["waves"]["QRS"]) == len(said["waves"]["QRS"])


def test_models(client):
    listed = client.get("/v1/models").json()
    model = next(model for model in listed["models"] if model["name"] == listed["default"])
    assert model["lead"] == "II"
    assert model["simulated"]
    assert model["references"]
    assert "dialysis" in model["priors"]


def test_a_path_or_method_that_is_not_there(client):
    problem(client.get("/v2/estimate"), 404, "NoSuchPath")
    problem(client.get("/v1/estimate"), 405, "NoSuchMethod")


def test_numbers_in_the_wrong_unit_give_no_number(client, samples):
    for factor in (1000, 1e5):
        wrong = {**samples, "samples": {"II": [factor * sample for sample in samples["samples"]["II"]]}}
        answer = client.post("/v1/estimate", json=wrong).json()
        assert answer["abstained"], answer["potassium"]
        assert "unit" in answer["reason"]


def test_samples_of_another_kind_are_refused_soon(client, samples):
    many = {**samples, "samples": ["a"] * 500_000}
    told = problem(client.post("/v1/estimate", json=many), 422, "ConfigError")
    assert told["detail"].startswith("samples.")
    assert "[" not in told["detail"]


def test_a_representation_that_there_is_not(client, form, ecg_csv):
    response = client.post("/v1/estimate", files=form(ecg_csv), headers={"Accept": "image/gif"})
    assert "application/fhir+json" in problem(response, 406, "NotAcceptable")["detail"]


def test_the_description_has_examples_for_both_kinds_of_request(client):
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/v1/estimate", "/v1/delineate"):
        content = paths[path]["post"]["requestBody"]["content"]
        assert "file" in content["multipart/form-data"]["schema"]["required"]
        assert content["application/json"]["examples"]
    problems = paths["/v1/estimate"]["post"]["responses"]
    assert {"413", "415", "422", "429", "503", "504"} <= set(problems)
    examples = problems["200"]["content"]["application/json"]["examples"]
    assert {example["value"]["abstained"] for example in examples.values()} == {True, False}
