"""What a person can do about a refusal, in short sentences; the errors themselves say it for engineers."""

_STRAIGHT = "Photograph the page from straight above, flat, in even light, with the whole grid in the picture."
_TURN = "If it lies on its side or upside down, turn it here and read it again."
_SCAN = "Better than a photograph is a scan at 300 dpi, or the PDF that the ECG device can save."
_BY_HAND = "Or say here which of the strips is the lead, and read it again."
_SCALES = "If you know paper speed and gain, give them here and read it again."
_EXPORT = "Export it again from the device or program that it comes from."

_ADVICE: dict[str, tuple[str, ...]] = {
    "NoGrid": (
        "The grid gives time and voltage: the picture has to show the ECG paper with its small squares.",
        _STRAIGHT,
        _TURN,
        _SCAN,
    ),
    "NoTrace": (
        "The grid was found but no curve on it: is this the side of the paper that is printed?",
        _STRAIGHT,
        _SCAN,
    ),
    "NoSuchStrip": (
        "The picture has to show the lead that is needed, with its name beside it.",
        _STRAIGHT,
        _TURN,
        _BY_HAND,
    ),
    "ScalesDisagree": (_SCALES, _STRAIGHT, _SCAN),
    "PageRefused": (_STRAIGHT, _SCAN),
    "PageTooLarge": ("Scan one page at 300 dpi, or photograph it.",),
    "PageLocked": ("Save a copy of the PDF without its password.",),
    "UnknownFormat": (
        "Pages can be JPEG, PNG, TIFF, BMP, WebP, GIF or PDF.",
        "Signals can be WFDB, EDF, DICOM, SCP-ECG, HL7 aECG, Philips or MUSE XML, CSV, NPY or NPZ.",
    ),
    "CorruptFile": (_EXPORT,),
    "EmptyFile": (_EXPORT,),
    "MissingSamplingRate": ("Say the sampling rate under Options and read it again.",),
    "MissingLead": ("Give a recording that has the lead which the model reads.",),
    "TooShort": ("Give a longer strip: ten seconds are best.",),
    "QueueFull": ("Nothing is wrong with your file: wait a moment.",),
    "WorkerLost": ("Try again.", "If it happens again with the same file, scan it at 300 dpi."),
    "TookTooLong": ("Send one page, or a recording of some minutes.",),
    "BodyTooLarge": ("Send one page, scanned at 300 dpi, or a shorter recording.",),
}


def advice_on(error: str) -> tuple[str, ...]:
    """What to do about an error of that kind; nothing where its own text says it all."""
    return _ADVICE.get(error, ())
