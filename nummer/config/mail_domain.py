"""What `nummer check` says about the domain that our mail comes from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import dns.exception
import dns.resolver
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT

from nummer.apps.agreements.queries import operator
from nummer.config.env import Environment, environment
from nummer.protocols.mail.domain import Dns, Finding, findings

TIME_LIMIT_S: Final = 5.0  # of one question


def mail_findings(*, dns: Dns | None = None) -> list[Finding]:
    """Look at SPF, DKIM, DMARC and MX of the operator's domain; each with a level and a sentence.

    Asks the DNS of the machine, or NUMMER_DNS_SERVER; never raises for what it answers.
    """
    env = environment()
    domain = operator().mailbox.rpartition("@")[2].lower()
    return findings(domain, selector=env.dkim_selector, dns=dns or AskedDns(env))


class AskedDns:
    """The DNS of the machine, or the server that the operator names."""

    def __init__(self, env: Environment) -> None:
        self._resolver = dns.resolver.Resolver(configure=False)
        self._resolver.lifetime = TIME_LIMIT_S
        if env.dns_server is not None:
            self._resolver.nameservers = [env.dns_server[0]]
            self._resolver.port = env.dns_server[1]
            return
        try:
            self._resolver.read_resolv_conf("/etc/resolv.conf")
        except (dns.resolver.NoResolverConfiguration, OSError):
            self._resolver.nameservers = []

    def texts(self, name: str) -> Sequence[str]:
        """Return the TXT records of a name. Raises TimeoutError."""
        return [
            b"".join(record.strings).decode("utf-8", "replace")
            for record in self._ask(name, "TXT")
            if isinstance(record, TXT)
        ]

    def servers(self, name: str) -> Sequence[str]:
        """Return the hosts of the MX records of a name. Raises TimeoutError."""
        return [
            record.exchange.to_text(omit_final_dot=record.exchange != dns.name.root)
            for record in self._ask(name, "MX")
            if isinstance(record, MX)
        ]

    def _ask(self, name: str, kind: str) -> Sequence[dns.rdata.Rdata]:
        if not self._resolver.nameservers:
            raise TimeoutError("no name server")
        try:
            answer = self._resolver.resolve(name, kind, raise_on_no_answer=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.YXDOMAIN):
            return []
        except (dns.resolver.NoNameservers, dns.exception.Timeout, OSError):
            raise TimeoutError("the DNS does not answer") from None
        except dns.exception.DNSException:  # a name that cannot be one
            return []
        return list(answer.rrset or ())
