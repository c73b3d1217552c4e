"""The wire under every HTTP door: one long-lived client, exceptions told apart by whether bytes left.

The only module that imports httpx; to move to its kept fork, change the import to `import httpx2 as httpx`.
"""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from engine.errors import NoAnswer, NotSent
from engine.sdk.contract import Response

_LARGEST_ANSWER = 64 * 1024 * 1024


class HttpWire:
    """See `engine.sdk.contract.Wire`. No retries, no redirects, no proxies from the environment."""

    def __init__(self) -> None:
        self._client = httpx.Client(follow_redirects=False, trust_env=False, limits=httpx.Limits(max_connections=20))

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float) -> Response:
        """Send one request and read its whole answer.

        Raises:
            NotSent: No connection could be made.
            NoAnswer: It was sent, and no complete answer came.
        """
        try:
            answer = self._client.request(method, url, headers=dict(headers), content=body, timeout=timeout_seconds)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as fault:
            raise NotSent("The service could not be reached.", "Check the network and its address.") from fault
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as fault:
            raise NotSent("The connection's address is no web address.", "Mend it in daybook.yaml.") from fault
        except httpx.HTTPError as fault:
            raise NoAnswer(f"No complete answer came ({type(fault).__name__}).") from fault
        if len(answer.content) > _LARGEST_ANSWER:
            raise NoAnswer("The answer is larger than can be used.")
        return Response(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, answer.content)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()
