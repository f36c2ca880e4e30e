"""Who may ask: everyone, or who bears the operator's token."""

import hmac

from fastapi import Request

from kalemia.service.problems import Refusal, from_elsewhere, not_allowed


def require_token(request: Request) -> None:
    """Let a request through if the service has no token, or the request bears it.

    Raises:
        Refusal: it does not, or it comes from the page of another site in somebody's browser.
    """
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise Refusal(from_elsewhere())
    token = request.app.state.settings.token
    if token is None:
        return
    scheme, _, borne = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(borne.strip().encode(), token.encode()):
        raise Refusal(not_allowed(), {"WWW-Authenticate": 'Bearer realm="kalemia"'})
