"""The installation: processes, consumers, links."""

from fastapi import APIRouter

from query_api.auth.sessions import SignedIn
from query_api.deps import Api
from query_api.system import service
from query_api.system.schemas import SystemStatus

router = APIRouter(tags=["system"])


@router.get("/status")
async def system_status(api: Api, _: SignedIn) -> SystemStatus:
    """Processes, how far each consumer is behind, and where the other user interfaces are."""
    return await api.run(service.status, api)
