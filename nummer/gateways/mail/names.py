"""Asks the DNS for the keys of DKIM signatures."""

from __future__ import annotations

from typing import Final

import dns.exception
import dns.resolver

TIME_LIMIT_S: Final = 4.0  # the other server waits meanwhile


class Names:
    """The resolver of the machine, or the one that the operator names (address and port)."""

    def __init__(self, server: tuple[str, int] | None = None) -> None:
        self._resolver = dns.resolver.Resolver(configure=False)
        self._resolver.lifetime = TIME_LIMIT_S
        if server is not None:
            self._resolver.nameservers = [server[0]]
            self._resolver.port = server[1]
            return
        try:
            self._resolver.read_resolv_conf("/etc/resolv.conf")
        except (dns.resolver.NoResolverConfiguration, OSError):
            self._resolver.nameservers = []

    def txt(self, name: str) -> bytes | None:
        """Return the TXT record of a name, None where there is none. Raises TimeoutError."""
        if not self._resolver.nameservers:
            raise TimeoutError("no name server")
        try:
            answer = self._resolver.resolve(name, "TXT", raise_on_no_answer=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.YXDOMAIN):
            return None
        except (dns.resolver.NoNameservers, dns.exception.Timeout, OSError):
            raise TimeoutError("the DNS does not answer") from None
        except dns.exception.DNSException:  # a name that cannot be one
            return None
        for record in answer.rrset or ():
            return b"".join(record.strings)
        return None
