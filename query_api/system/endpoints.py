"""The installation: processes, consumers, links."""

from fastapi import APIRouter

from query_api.deps import Api
from query_api.schemas import SystemStatus

router = APIRouter(tags=["system"])


@router.get("/status")
async def system_status(api: Api) -> SystemStatus:
    """Processes, how far each consumer is behind, and where the other user interfaces are."""
    raise NotImplementedError
