"""The root of an XML file, parsed by defusedxml."""

from pathlib import Path
from xml.etree.ElementTree import Element

from ecgdatakit.exceptions import CorruptedFileError
from ecgdatakit.parsing.helpers.xml import parse_xml_root

from kalemia.errors import CorruptFile


def checked_root(path: Path) -> Element:
    """Parse a file once before its format's own parser sees it, since not all of them use defusedxml.

    Returns:
        The root element, tags without namespaces.

    Raises:
        CorruptFile: not well-formed, or with entities of its own (which could expand without end or fetch other files).
    """
    try:
        root: Element = parse_xml_root(path.read_bytes())
    except CorruptedFileError:
        raise CorruptFile(
            "the XML declares entities, which no ECG needs and which can do harm; it was not read"
        ) from None
    except Exception:  # expat, codecs and defusedxml each fail in their own ways on damaged content
        raise CorruptFile("damaged or truncated XML. Copy or export it again") from None
    return root
