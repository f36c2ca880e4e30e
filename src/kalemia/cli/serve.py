"""`kalemia serve`."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from kalemia.cli.shell import app, stderr
from kalemia.errors import ConfigError, MissingExtra


@app.command("serve")
def _serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 is open to the network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8000,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that do the work; one per core by default.")
    ] = None,
    queue: Annotated[int, typer.Option(min=0, max=1000, help="How many requests may wait for them.")] = 16,
    time_limit: Annotated[float, typer.Option(min=1, max=600, help="Seconds for the work on one request.")] = 30,
    memory: Annotated[
        int, typer.Option(min=200, max=100_000, help="MB that a worker may take for a request, beside its own.")
    ] = 2000,
    max_upload: Annotated[int, typer.Option(min=1, max=256, help="MB that a request may bring.")] = 25,
    token_file: Annotated[
        Path | None,
        typer.Option(help="File with a token that requests must bear; or put it into KALEMIA_TOKEN."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="Folder of a model of your own, which then is the default.")
    ] = None,
    scratch: Annotated[
        Path | None, typer.Option(help="Folder in memory for uploads while they are read, instead of /dev/shm.")
    ] = None,
) -> None:
    """Serve the web page and the API on this machine.

    Nothing of an upload is written to a disk or a log. Ctrl-C or SIGTERM ends it when what has begun is done.
    """
    for needed in ("fastapi", "uvicorn", "python_multipart", "prometheus_client"):
        if find_spec(needed) is None:
            raise MissingExtra("kalemia serve", "serve")
    if model is not None:
        from kalemia.estimation import Estimator

        Estimator.load(model)  # says now what is wrong with it, and not only in the workers
    from kalemia.service.server import listening, run
    from kalemia.service.settings import MEGABYTE, Settings, folder_in_memory, models_to_serve

    limits = {"workers": workers} if workers is not None else {}
    settings = Settings(
        **limits,
        queue=queue,
        time_limit_s=time_limit,
        memory_bytes=memory * MEGABYTE,
        upload_bytes=max_upload * MEGABYTE,
        token=_token(token_file),
        models=models_to_serve(model),
        scratch=folder_in_memory(scratch),
    )
    with listening(host, port) as socket:
        shown, number = f"[{host}]" if ":" in host else host, socket.getsockname()[1]
        stderr.print(f"kalemia is served on http://{shown}:{number} (Ctrl-C ends it). Not a medical device.")
        run(settings, socket)


def _token(file: Path | None) -> str | None:
    """From a file or the environment.

    Raises:
        ConfigError: the file cannot be read, or there is no token that a header can bear.
    """
    from kalemia.service.settings import TOKEN_VARIABLE

    given = os.environ.get(TOKEN_VARIABLE) if file is None else _content(file)
    if given is None:
        return None
    token, where = given.strip(), TOKEN_VARIABLE if file is None else str(file)
    if not token:
        raise ConfigError(f"{where}: empty. Put a token in it, for example from: openssl rand -hex 32")
    if not (token.isascii() and token.isprintable()):
        raise ConfigError(f"{where}: a token of other signs than ASCII, which no header can bear. Take another")
    return token


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"{file}: cannot be read. Name a text file with the token") from None
