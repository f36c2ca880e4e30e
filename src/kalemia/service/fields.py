"""What a request can say beside its recording: the fields of the form, or the members of the JSON."""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kalemia.errors import ConfigError
from kalemia.recording import FS_LIMITS_HZ, STANDARD_LEADS

Hertz = Annotated[float, Field(ge=FS_LIMITS_HZ[0], le=FS_LIMITS_HZ[1], allow_inf_nan=False)]
Sample = Annotated[float, Field(allow_inf_nan=False)] | None
SampleList = Annotated[list[Sample], Field(fail_fast=True)]
LeadName = Annotated[str, Field(min_length=1, max_length=40)]
Unit = Literal["V", "mV", "uV"]
Detail = Literal["answer", "full"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SignalFields(_Strict):
    """What is said of a signal file that does not say it itself."""

    fs: Hertz | None = Field(
        None, description="Sampling rate in Hz, for a file that does not state it.", examples=[500]
    )
    unit: Unit | None = Field(None, description="Unit of the samples, for a file that does not state it.")


class PageFields(_Strict):
    """Corrections of how a printed page is read."""

    page: int | None = Field(None, ge=1, le=10_000, description="Of a PDF or TIFF; else the first page with a grid.")
    rotation_deg: float | None = Field(
        None,
        ge=-180,
        le=180,
        allow_inf_nan=False,
        description="Turn the picture clockwise by this and read it as it lies then; else it is turned upright.",
    )
    strip: int | None = Field(
        None, ge=1, le=1000, description="Number of the stretch that is the lead, of those listed as `strips`."
    )
    speed_mm_per_s: float | None = Field(None, ge=5, le=200, description="Paper speed, where the page errs.")
    gain_mm_per_mv: float | None = Field(None, ge=1, le=100, description="Gain, where the page errs.")


class ModelFields(_Strict):
    """Which model, and for whom."""

    model: str | None = Field(None, max_length=100, description="Name of a model, of those under `/v1/models`.")
    prior: str | None = Field(
        None, max_length=100, description="Correct for how common each potassium is: emergency, dialysis or wonju."
    )
    detail: Detail = Field("answer", description="`full` adds everything that the page of the service draws.")


class EstimateFields(SignalFields, PageFields, ModelFields):
    """The form of `/v1/estimate`, files aside."""

    reference_potassium: tuple[float, ...] = Field(
        (), description="Of the blood test beside each `reference_file`, in mEq/L, in the same order.", examples=[[4.6]]
    )


class DigitizeFields(PageFields):
    """The form of `/v1/digitize`, the file aside."""

    lead: Literal[STANDARD_LEADS] = Field("II", description="The lead to take.")  # type: ignore[valid-type]
    all_leads: bool = Field(False, description="Give all leads of the page, that one first.")
    redact: bool = Field(False, description="Blank the words outside the grid in the picture.")


class DelineateFields(SignalFields):
    """The form of `/v1/delineate`, the file aside."""

    lead: str = Field("II", max_length=20, description="The lead to look at.")


class Samples(_Strict):
    """A recording as numbers; `null` is a sample that was not seen."""

    samples: dict[LeadName, SampleList] | SampleList = Field(
        union_mode="left_to_right",
        description="Of leads by their names, or of the only lead.",
        examples=[{"II": [0.01, 0.02, None, 0.04]}],
    )
    fs: Hertz = Field(description="Sampling rate in Hz.", examples=[500])
    unit: Unit = Field(description="Of the samples.", examples=["mV"])
    lead: LeadName | None = Field(None, description="Which lead it is, where `samples` is a list.")


class ReferenceSamples(Samples):
    """An earlier recording of the patient, with its blood test."""

    potassium: float = Field(description="In mEq/L.", examples=[4.6])


class EstimateSamples(Samples, ModelFields):
    """The JSON of `/v1/estimate`."""

    references: tuple[ReferenceSamples, ...] = Field((), max_length=32)


class DelineateSamples(Samples):
    """The JSON of `/v1/delineate`."""

    lead: LeadName = Field("II", description="The lead to look at, or which lead it is, where `samples` is a list.")


REPEATABLE = frozenset({"reference_potassium"})

Fields = TypeVar("Fields", bound=BaseModel)


def of_form(fields: type[Fields], sent: Mapping[str, tuple[str, ...]]) -> Fields:
    """The fields of a form.

    Raises:
        ConfigError: an unknown one, one that stands twice, or a value that cannot be.
    """
    repeated = [name for name, values in sent.items() if len(values) > 1 and name not in REPEATABLE]
    if repeated:
        raise ConfigError(f"{repeated[0]}: stands more than once. Send it once")
    values = {name: values if name in REPEATABLE else values[0] for name, values in sent.items()}
    return _valid(lambda: fields.model_validate(values), fields)


def of_json(fields: type[Fields], sent: bytes) -> Fields:
    """The members of a JSON request.

    Raises:
        ConfigError: no JSON, an unknown member, or a value that cannot be.
    """
    return _valid(lambda: fields.model_validate_json(sent), fields)


def _valid(validated: Callable[[], Fields], fields: type[Fields]) -> Fields:
    try:
        return validated()
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)
    first = max(wrong, key=lambda one: len(one["loc"]))  # of what may be this or that, the one that came further
    parts = [str(part) for part in first["loc"] if "[" not in str(part)]  # there is one in Pydantic's own words
    where = ".".join(parts) or "the request"
    if first["type"] == "extra_forbidden":
        raise ConfigError(f"{where}: not known here. There are: {', '.join(fields.model_fields)}")
    said = first["msg"][:1].lower() + first["msg"][1:]
    raise ConfigError(f"{where}: {said}")
