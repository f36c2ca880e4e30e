"""From a printed page to a signal: `digitize` gives lead II of a photograph, a scan or a PDF.

A page goes `source` (file to picture) -> `grid` (found by `lattice_seed`, followed by `lattice`, measured by
`paper_map`) -> `sheet` (laid flat, grid taken away) -> `rows` and `trace` (Viterbi) -> `layout` (which lead is
where) -> `calibration` (mV and s). A PDF whose curves are drawn goes by `vector` and `drawn_page` instead.
"""

from kalemia.digitization.digitization import Digitization, Findings
from kalemia.digitization.digitize import digitize

__all__ = ["Digitization", "Findings", "digitize"]
