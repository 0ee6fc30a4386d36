"""Routes of the gateway itself and of log-in."""

from fastapi import APIRouter, Request

from jobimport_api.access.schemas import Info, Session
from jobimport_api.asking import Asking
from jobimport_api.problems import responses

router = APIRouter(tags=["gateway"])


@router.get("/info")
async def info(request: Request) -> Info:
    """What this gateway is. Needs no log-in."""
    return request.app.state.info


@router.get("/session", responses=responses(429))
async def session(request: Request, viewer: Asking) -> Session:
    """Who you are: 200 with a token that the API server takes, else 401. The token stays with you:
    send it with every request as Authorization: Bearer, or let a proxy pass it on.
    """
    known: Info = request.app.state.info
    return Session(name=viewer.name, auth_mode=known.auth_mode, mode=known.mode)
