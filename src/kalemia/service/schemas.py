"""What the answers look like, and the requests, for the OpenAPI description."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from kalemia.service import examples
from kalemia.service.body import FILE, JSON, MULTIPART, REFERENCE_FILE
from kalemia.service.fields import DelineateFields, DelineateSamples, DigitizeFields, EstimateFields, EstimateSamples
from kalemia.service.problems import MEDIA_TYPE
from kalemia.service.wire import Task

Marks = Annotated[list[int | None], Field(min_length=3, max_length=3)]
Pair = Annotated[list[float], Field(min_length=2, max_length=2)]


class EstimateAnswer(BaseModel):
    """An estimate, or an abstention; the keys of `kalemia estimate --json`."""

    file: str
    potassium: float | None = Field(description="mEq/L (= mmol/L); null where the model abstained.")
    interval: Pair | None = Field(description="The 90 % prediction interval in mEq/L.")
    unit: Literal["mEq/L"]
    n_cycles: int = Field(description="How many cycles the number is pooled from.")
    warnings: list[str] = Field(description="What a reader should know before using the number.")
    abstained: bool
    reason: str | None = Field(description="Why there is no number.")
    error: None = Field(description="Always null: an error is a problem.")
    model: str
    rejected_beats: dict[str, int] = Field(description="How many beats gave no cycle, for each reason.")
    references: int = Field(description="How many earlier ECGs with a blood test the number rests on.")
    prior: str | None
    notice: str = Field(description="Has to stand beside the number wherever it is shown.")
    details: dict[str, Any] | None = Field(description="With `detail=full`: all that the page of the service draws.")


class StripAnswer(BaseModel):
    """A stretch of a page that could be the lead."""

    number: int
    row: int
    lead: str | None
    seconds: float | None


class DigitizeAnswer(BaseModel):
    """A page that was read; the keys of `kalemia digitize --json`, and the signal."""

    file: str
    layout: str
    speed_mm_per_s: float
    gain_mm_per_mv: float
    evidence: dict[str, str] = Field(description="What each finding rests on.")
    confidence: float = Field(description="0 to 1.")
    warnings: list[str]
    refused: Literal[False]
    reason: None
    refusal: None
    page: int
    leads: list[str]
    fs: float = Field(description="Hz.")
    seconds: float
    traced: float = Field(description="Share of the strip that was traced.")
    strip_box_px: list[Pair]
    rotation_deg: float = Field(description="How far the picture was turned clockwise, by hand or to read it.")
    strips: list[StripAnswer] = Field(description="What `strip` can name.")
    signal_mv: dict[str, list[float | None]] = Field(description="By lead; null where nothing was traced.")


class Waves(BaseModel):
    """Onset, peak and offset of each wave, in samples; null where one is not known."""

    P: list[Marks]
    QRS: list[Marks]
    T: list[Marks]


class QualityAnswer(BaseModel):
    """What can be trusted of a lead."""

    verdict: Literal["good", "doubtful", "unusable"]
    reason: str | None
    doubts: list[str]
    signs: list[str]
    noise: float | None
    per_beat: list[str | None]


class DelineateAnswer(BaseModel):
    """The waves of a lead; the keys of `kalemia delineate --json`."""

    file: str
    fs: float
    method: str
    waves: Waves
    quality: QualityAnswer
    warnings: list[str]
    error: None


class ModelAnswer(BaseModel):
    """A model that can be asked."""

    name: str
    architecture: str
    parameters: int
    lead: str
    simulated: bool = Field(description="Whether it has learned from simulated patients only.")
    patients: int
    recordings: int
    priors: list[str]
    references: bool = Field(description="Whether it can use earlier ECGs.")
    notice: str


class ModelList(BaseModel):
    """The models that can be asked."""

    default: str
    models: list[ModelAnswer]


class Alive(BaseModel):
    """The process answers."""

    alive: Literal[True]
    version: str


class Ready(BaseModel):
    """The workers."""

    ready: bool
    workers: int
    waiting: int


class ProblemAnswer(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str = Field(description="The line that the command line shows.")
    error: str = Field(description="The kind of problem in a word.")
    advice: list[str] = Field(description="What a person can do about it.")
    request_id: str | None = None
    page: dict[str, Any] | None = Field(None, description="Of a refused page, with `detail=full`, what was seen.")


_PROBLEMS = {
    401: "A token is needed.",
    403: "Sent by the page of another site, in a browser.",
    406: "`Accept` names nothing that there is.",
    408: "The request did not arrive in time.",
    413: "More than a request may bring.",
    415: "The body is neither a form nor JSON.",
    422: "The file cannot be read, the page is refused, or a field cannot be: the text of the command line.",
    429: "All places are taken; `Retry-After` says when to come again.",
    500: "A fault of the service.",
    503: "The worker was lost, or there is no memory for the upload.",
    504: "The work took longer than it may.",
}


def with_problems(description: dict[str, Any]) -> dict[str, Any]:
    """An OpenAPI description with the schema that the problems of all questions refer to."""
    parts = description["components"]
    parts["schemas"][ProblemAnswer.__name__] = ProblemAnswer.model_json_schema()
    parts["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "Where the operator asks."}
    }
    description["security"] = [{}, {"token": []}]
    return description


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Of a question; all of them by default."""
    schema = {"$ref": f"#/components/schemas/{ProblemAnswer.__name__}"}
    later = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return {
        status: {
            "description": _PROBLEMS[status],
            "content": {MEDIA_TYPE: {"schema": schema}},
            **({"headers": later} if status in (429, 503) else {}),
        }
        for status in statuses or _PROBLEMS
    }


def request_body(task: Task) -> dict[str, Any]:
    """Of a question, for OpenAPI: a form, or JSON."""
    fields, samples = _REQUESTS[task]
    schema = _without_null(_inlined(fields))
    binary = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}
    described = "The page or signal file; a WFDB record repeats the field: header and signal files."
    schema["properties"] = {FILE: {**binary, "description": described}, **schema["properties"]}
    if task == "estimate":
        earlier = {**binary, "minItems": 0, "description": "Earlier ECGs, each with its `reference_potassium`."}
        schema["properties"][REFERENCE_FILE] = earlier
    schema["required"] = [FILE]
    content: dict[str, Any] = {MULTIPART: {"schema": schema}}
    if samples is not None:
        content[JSON] = {"schema": _inlined(samples), "examples": examples.SAMPLES}
    return {"required": True, "content": content}


_REQUESTS: dict[Task, tuple[type[BaseModel], type[BaseModel] | None]] = {
    "estimate": (EstimateFields, EstimateSamples),
    "digitize": (DigitizeFields, None),
    "delineate": (DelineateFields, DelineateSamples),
}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Of a form, which can leave out a field and cannot send nothing in it."""
    for about in schema["properties"].values():
        kinds = [kind for kind in about.pop("anyOf", []) if kind.get("type") != "null"]
        about.update(*kinds)
        if about.get("default", 0) is None:
            del about["default"]
    return schema


def _inlined(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a model, with what it refers to put in its place: OpenAPI keeps such elsewhere."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def filled(node: Any) -> Any:  # noqa: ANN401 a node of a JSON schema is anything
        if isinstance(node, dict):
            if "$ref" in node:
                return filled(parts[node["$ref"].rpartition("/")[2]])
            return {key: filled(value) for key, value in node.items()}
        return [filled(item) for item in node] if isinstance(node, list) else node

    return dict(filled(schema))
