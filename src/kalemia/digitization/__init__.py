"""From a printed page to a signal: `digitize` gives lead II of a photograph, a scan or a PDF.

A page goes `source` (file to picture) -> `grid` (found by `lattice_seed`, followed by `lattice`, measured by
`paper_map`) -> `sheet` (laid flat, grid taken away) -> `rows` and `trace` (Viterbi) -> `layout` (which lead is
where) -> `calibration` (mV and s). A PDF whose curves are drawn goes by `vector` and `drawn_page` instead. What a user
knows better are `corrections`: the picture is turned (`turning`), one of its `strips` is the lead (`choice`).
"""

from kalemia.digitization.corrections import Corrections
from kalemia.digitization.digitization import Digitization, Findings
from kalemia.digitization.digitize import digitize
from kalemia.digitization.strips import Strip, strips_of

__all__ = ["Corrections", "Digitization", "Findings", "Strip", "digitize", "strips_of"]
