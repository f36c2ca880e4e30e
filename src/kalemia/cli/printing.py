"""`kalemia print`."""

from pathlib import Path
from typing import Annotated

import typer

from kalemia.cli.batch import protect
from kalemia.cli.shell import app, one_line, stderr
from kalemia.errors import MissingLead

FULL_LAYOUT, STRIP_LAYOUT = "3x4+II", "1"


@app.command("print")
def _print(
    recording: Annotated[Path, typer.Argument(help="An ECG file.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The page: .png, .jpg, .tif or .pdf.")],
    layout: Annotated[
        str | None,
        typer.Option(
            help="Such as 3x4+II, 6x2+II, 12x1, 3x4+V1+II+V5, or 1 for a single strip. "
            "[default: 3x4+II, or 1 where leads are missing]"
        ),
    ] = None,
    speed: Annotated[float, typer.Option(help="mm/s: 12.5, 25 or 50.")] = 25.0,
    gain: Annotated[float, typer.Option(help="mm/mV: 5, 10 or 20.")] = 10.0,
    grid: Annotated[
        str, typer.Option(help="Colour: pink, red, orange, green, blue, grey, brown or black; none for no grid.")
    ] = "pink",
    header: Annotated[
        list[str] | None, typer.Option(help="A line to print at the top; may be given more than once.")
    ] = None,
    dpi: Annotated[int, typer.Option(help="Resolution of the picture.")] = 300,
    degrade: Annotated[
        str | None,
        typer.Option(help="What becomes of the page: scan, grey, phone, photocopy; see docs/digitization.md."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of what degrades the page.")] = 0,
    fs: Annotated[
        float | None, typer.Option(min=1, max=100_000, help="Sampling rate in Hz, for a file that does not state it.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="V, mV or uV, for a file that does not state it.")] = None,
) -> None:
    """Print a recording as an ECG page.

    Clean, or as a scanner, a phone or a copier gives it back; a clean PDF has the curves as paths.
    """
    from kalemia.reading import read
    from kalemia.simulation.paper import PageStyle, write_page

    protect([recording], [output])
    ecg = read(recording, fs=fs, unit=unit)

    def write(name: str) -> PageStyle:
        style = PageStyle(
            layout=name,
            speed_mm_per_s=speed,
            gain_mm_per_mv=gain,
            grid_colour="pink" if grid == "none" else grid,
            grid_pattern="none" if grid == "none" else "lines",
            header=tuple(header or ()),
            dpi=dpi,
        )
        write_page(output, ecg, style, degrade, seed)
        return style

    try:
        style = write(layout or FULL_LAYOUT)
    except MissingLead:
        if layout is not None:
            raise
        style = write(STRIP_LAYOUT)
    for warning in ecg.warnings:
        stderr.print(one_line(f"warning: {warning}"), style="dim", markup=False)
    typer.echo(f"{output}: layout {style.layout}, {style.speed_mm_per_s:g} mm/s, {style.gain_mm_per_mv:g} mm/mV")
