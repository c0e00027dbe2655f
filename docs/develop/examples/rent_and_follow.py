"""Rents a number and prints every SMS that comes to it, each one once.

Run it with NUMMER_URL and NUMMER_KEY in the environment; it needs Python 3.11 and nothing else.
It ends after as many SMS as its argument says, or goes on for ever.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from typing import Any

URL = os.environ["NUMMER_URL"] + "/api/v1"
KEY = os.environ["NUMMER_KEY"]
BEGINNING = "00000000-0000-7000-8000-000000000000"


def call(method: str, path: str, body: object = None, *, once: str = "") -> Any:
    """Make one call, again where the answer says to wait, and return its JSON.

    `once` is sent as Idempotency-Key, so that a call that is repeated does nothing twice.
    """
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    if once:
        headers["Idempotency-Key"] = once
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, content, headers, method=method)
    while True:
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            wait_s = refused.headers.get("Retry-After")
            if wait_s is None:
                problem = json.load(refused)
                raise SystemExit(f"{problem['code']}: {problem['detail']}") from None
            time.sleep(float(wait_s))


def rent(country: str) -> Any:
    """Rent the first number that can receive SMS, and wait until it works."""
    found = call("GET", f"/numbers/available?country={country}&sms=true&limit=1")["numbers"]
    if not found:
        raise SystemExit(f"no number is free in {country}")
    wish = {name: found[0][name] for name in ("country", "kind", "number")}
    wish["max_first"] = found[0]["first"]
    lease = call("POST", "/leases", wish, once=f"rent-{found[0]['number']}")
    while lease["state"] in ("paid", "at_supplier"):
        time.sleep(1)
        lease = call("GET", f"/leases/{lease['id']}")
    if lease["state"] != "active":
        raise SystemExit(f"the number did not come: {lease['end_reason']}")
    return lease


def main(count: int | None) -> None:
    """Rent a number and follow what comes to it."""
    lease = rent("NO")
    print(lease["number"], flush=True)
    after = BEGINNING
    while count is None or count > 0:
        page = call("GET", f"/sms?lease={lease['id']}&after={after}")
        for sms in page["sms"]:
            print(f"{sms['theirs']}: {sms['text']}", flush=True)
        if count is not None:
            count -= len(page["sms"])
        after = page["next_after"]  # keep it, and you miss nothing over a restart
        if not page["sms"]:
            time.sleep(2)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
